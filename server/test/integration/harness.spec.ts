import { expect, test } from '@jest/globals';
import { createDatabase, sharedRedisUrl, startOwnRedis } from '../harness/services.ts';
import { onServer } from '../harness/template-database.ts';

test('a test database is a migrated copy of its own', async () => {
  const database = await createDatabase();
  const rows = await onServer(database.url, (client) =>
    client.query('SELECT count(*)::int AS n FROM traces'),
  );
  expect(rows.rows).toEqual([{ n: 0 }]);
  await database.drop();
});

test('a Redis of its own comes back with its data after a restart', async () => {
  expect(sharedRedisUrl()).toMatch(/^redis:/);
  const redis = await startOwnRedis();
  await redis.stop();
  const again = await startOwnRedis({ folder: redis.folder, port: redis.port });
  expect(again.port).toBe(redis.port);
  await again.stop();
  again.remove();
});
