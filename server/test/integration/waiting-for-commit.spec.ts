import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { systemClock } from '../../src/kernel/clock.ts';
import { openRedis, type RedisConnection } from '../../src/redis/redis-connection.ts';
import { HttpIngest } from '../../src/traces/ingest/http-ingest.ts';
import { sharedRedisUrl } from '../harness/services.ts';
import { IngestRig, settingsFor } from './ingest-rig.ts';

let rig: IngestRig;
let redis: RedisConnection;
beforeEach(async () => {
  rig = await IngestRig.start();
  redis = openRedis(sharedRedisUrl(), 'command');
  await new Promise((resolve) => redis.once('ready', resolve));
});
afterEach(async () => {
  redis.disconnect();
  await rig.close();
});

async function publish(input: string): Promise<{ ingest: HttpIngest; entryId: string }> {
  const settings = settingsFor('postgres://localhost/none', sharedRedisUrl());
  const observability = { ...settings.observability, streamName: rig.stream };
  const ingest = new HttpIngest(redis, rig.serverKey, { ...settings, observability }, systemClock);
  const header = { event_type: 'trace_start', trace_id: randomUUID(), timestamp: new Date().toISOString() };
  const { id } = await rig.createProject();
  return { ingest, entryId: await ingest.publish(id, [{ header, payloads: [['input', input]] }]) };
}

test('waiting for the commit of a large entry does not read it again and again', async () => {
  const { ingest, entryId } = await publish(JSON.stringify('x'.repeat(1_000_000)));
  const before = redis.stream.bytesRead;
  expect(await ingest.isStoredWithin(entryId, 300)).toBe(false);
  expect(redis.stream.bytesRead - before).toBeLessThan(100_000);
  rig.consume();
  expect(await ingest.isStoredWithin(entryId, 60_000)).toBe(true);
});

test('what was taken stays taken when Redis goes away while somebody waits for the commit', async () => {
  const { ingest, entryId } = await publish('1');
  redis.disconnect();
  expect(await ingest.isStoredWithin(entryId, 300)).toBe(false);
});
