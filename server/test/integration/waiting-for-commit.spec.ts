import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { systemClock } from '../../src/kernel/clock.ts';
import { openRedis, type RedisConnection } from '../../src/redis/redis-connection.ts';
import { CommitWatch, type SentEntry } from '../../src/traces/ingest/commit-watch.ts';
import { HttpIngest } from '../../src/traces/ingest/http-ingest.ts';
import { sharedRedisUrl, startOwnRedis } from '../harness/services.ts';
import { IngestRig, settingsFor } from './ingest-rig.ts';

let rig: IngestRig;
let redis: RedisConnection;
beforeEach(() => open(sharedRedisUrl()));
afterEach(close);

async function open(redisUrl: string): Promise<void> {
  rig = await IngestRig.start({ redisUrl });
  redis = openRedis(redisUrl, 'command');
  await new Promise((resolve) => redis.once('ready', resolve));
}

async function close(): Promise<void> {
  redis.disconnect();
  await rig.close();
}

async function publish(input: string): Promise<{ watch: CommitWatch; entry: SentEntry }> {
  const settings = settingsFor('postgres://localhost/none', sharedRedisUrl());
  const observability = { ...settings.observability, streamName: rig.stream };
  const ofRig = { ...settings, observability };
  const ingest = new HttpIngest(redis, rig.serverKey, ofRig, systemClock);
  const header = { event_type: 'trace_start', trace_id: randomUUID(), timestamp: new Date().toISOString() };
  const { id } = await rig.createProject();
  const entry = await ingest.publish(id, [{ header, payloads: [['input', input]] }]);
  return { watch: new CommitWatch(redis, rig.dataSource, ofRig, systemClock), entry };
}

/** Publishes one more and waits until it is stored: by then everything before it was delivered. */
async function storeAnother(): Promise<void> {
  const { watch, entry } = await publish('2');
  expect(await watch.isStoredWithin(entry, 60_000)).toBe(true);
}

test('waiting for the commit of a large entry leaves it where it is, and asks less and less often', async () => {
  const own = await startOwnRedis();
  await close();
  await open(own.url);
  try {
    const { watch, entry } = await publish(JSON.stringify('x'.repeat(1_000_000)));
    const before = redis.stream.bytesRead;
    expect(await watch.isStoredWithin(entry, 1_000)).toBe(false);
    expect(redis.stream.bytesRead - before).toBeLessThan(100_000);
    const commands = await redis.info('commandstats');
    expect(commands).not.toMatch(/cmdstat_(?:xrange|xread|xclaim)/);
    const asked = /cmdstat_xinfo\|groups:calls=(\d+)/.exec(commands)?.[1];
    expect(Number(asked ?? '0')).toBeLessThan(20);
    rig.consume();
    expect(await watch.isStoredWithin(entry, 60_000)).toBe(true);
  } finally {
    await rig.stopConsuming();
    await own.stop();
    own.remove();
  }
});

test('an entry that was trimmed before it was read is not answered as stored', async () => {
  const { watch, entry } = await publish('1');
  await redis.call('XTRIM', rig.stream, 'MAXLEN', '0');
  expect(await watch.isStoredWithin(entry, 300)).toBe(false);
  rig.consume();
  await storeAnother();
  expect(await watch.isStoredWithin(entry, 60_000)).toBe(false);
});

test('an entry that was lost with the stream is not answered as stored', async () => {
  const { watch, entry } = await publish('1');
  await redis.del(rig.stream);
  expect(await watch.isStoredWithin(entry, 300)).toBe(false);
  rig.consume();
  await storeAnother();
  expect(await watch.isStoredWithin(entry, 60_000)).toBe(false);
});

test('an entry that another group still needs is stored all the same', async () => {
  await redis.call('XGROUP', 'CREATE', rig.stream, 'somebody-else', '0', 'MKSTREAM');
  const { watch, entry } = await publish('1');
  rig.consume();
  expect(await watch.isStoredWithin(entry, 60_000)).toBe(true);
  expect(await redis.xlen(rig.stream)).toBe(1);
});

test('what was taken stays taken when Redis goes away while somebody waits for the commit', async () => {
  const { watch, entry } = await publish('1');
  redis.disconnect();
  expect(await watch.isStoredWithin(entry, 300)).toBe(false);
});
