import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { eventually } from '../harness/eventually.ts';
import { startOwnRedis } from '../harness/services.ts';
import { type AppInProcess, startInProcess } from './app-in-process.ts';

let redis: Awaited<ReturnType<typeof startOwnRedis>>;
let studio: AppInProcess;
let program: ApiClient;

beforeAll(async () => {
  redis = await startOwnRedis();
  studio = await startInProcess({ STUDIO_ROLES: 'api,consumer', OBSERVABILITY_REDIS_URL: redis.url });
  const project = await createProject(await ApiClient.signedIn(studio.url));
  program = ApiClient.withKey(studio.url, project.apiKey);
});
afterAll(async () => {
  await studio.close();
  await redis.stop();
  redis.remove();
});

test('while Redis is away HTTP ingest says when to come back, reading goes on, and afterwards all is well', async () => {
  const before = await program.post('/traces', { name: 'before' });
  expect(before.status).toBe(201);
  await eventually(
    () => program.get('/traces?name=before'),
    ({ body }) => JSON.stringify(body).includes('before'),
  );
  await redis.stop();

  const refused = await eventually(
    () => program.post('/traces', { name: 'during' }),
    ({ status }) => status === 503,
  );
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await program.get('/observability/metrics')).status).toBe(503);
  expect((await program.get('/traces')).status).toBe(200);

  redis = await startOwnRedis({ folder: redis.folder, port: redis.port });
  await eventually(
    () => program.post('/traces', { name: 'after' }),
    ({ status }) => status === 201,
  );
  await eventually(
    () => program.get('/traces?name=after'),
    ({ body }) => JSON.stringify(body).includes('after'),
  );
  const during = await program.get('/traces?name=during');
  expect(during.body).toEqual({ items: [], next_cursor: null });
});
