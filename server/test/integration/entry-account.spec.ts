import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { accountKey } from 'swisper-studio/contract';
import { DataSource } from 'typeorm';
import { systemClock } from '../../src/kernel/clock.ts';
import { openRedis, type RedisConnection } from '../../src/redis/redis-connection.ts';
import { EpochStore } from '../../src/stream-consumer/accounting/epoch-store.ts';
import { StreamEpoch } from '../../src/stream-consumer/accounting/stream-epoch.entity.ts';
import { StreamStateReader } from '../../src/stream-consumer/accounting/stream-state-reader.ts';
import { RedisStreamReader } from '../../src/stream-consumer/reading/redis-stream-reader.ts';
import { createDatabase, sharedRedisUrl, type TestDatabase, uniqueStream } from '../harness/services.ts';
import { eventually } from '../harness/eventually.ts';
import { settingsFor } from './ingest-rig.ts';

const GROUP = 'swisper_studio_consumers';
const PAGE = { entries: 100, bytes: 1_000_000 };
let database: TestDatabase;
let source: DataSource;
let redis: RedisConnection;
let blocking: RedisConnection;
let epochs: EpochStore;
let stream: string;
let state: StreamStateReader;
let consumer: RedisStreamReader;

beforeAll(async () => {
  database = await createDatabase();
  source = await new DataSource({
    type: 'postgres',
    url: database.url,
    entities: [StreamEpoch],
  }).initialize();
  redis = openRedis(sharedRedisUrl(), 'bulk');
  blocking = openRedis(sharedRedisUrl(), 'blocking');
  await eventually(
    () => [redis.status, blocking.status],
    (all) => all.every((status) => status === 'ready'),
  );
  epochs = new EpochStore(source.getRepository(StreamEpoch), systemClock);
});

beforeEach(() => {
  stream = uniqueStream();
  const settings = settingsFor(database.url, sharedRedisUrl());
  const observability = { ...settings.observability, streamName: stream };
  state = new StreamStateReader(redis, { ...settings, observability });
  consumer = new RedisStreamReader(redis, blocking, { stream, group: GROUP, consumer: 'host-1' });
});

afterAll(async () => {
  redis.disconnect();
  blocking.disconnect();
  await source.destroy();
  await database.drop();
});

async function add(entries: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < entries; n++) ids.push(String(await redis.xadd(stream, '*', 'n', '5', 'p', 'x')));
  return ids;
}

const read = async (entries: number): Promise<string[]> =>
  (await consumer.readNew({ ...PAGE, entries }, 1)).entries.map(({ id }) => id);

const account = async () => {
  const { added, acked, waiting, lost } = await state.read();
  return { added, acked, waiting, lost };
};

const sample = async (): Promise<void> => epochs.sample(stream, await state.read());

test('an entry is added, waits and is acknowledged', async () => {
  await consumer.ensureGroup();
  await add(10);
  expect(await account()).toEqual({ added: 10, acked: 0, waiting: 10, lost: 0 });
  const ids = await read(6);
  expect(await account()).toEqual({ added: 10, acked: 0, waiting: 10, lost: 0 });
  await consumer.acknowledge(ids.slice(0, 4));
  expect(await account()).toEqual({ added: 10, acked: 4, waiting: 6, lost: 0 });
  await consumer.acknowledge(ids);
  expect(await account()).toEqual({ added: 10, acked: 6, waiting: 4, lost: 0 });
  expect(await state.read('into')).toMatchObject({ eventsPerEntry: 5, length: 4 });
});

test('what the fuse takes is lost to the entry, whether it was handed out or not', async () => {
  await consumer.ensureGroup();
  await add(30);
  await consumer.acknowledge(await read(5));
  const pending = await read(5);
  await redis.xtrim(stream, 'MAXLEN', 12);
  expect(await account()).toEqual({ added: 30, acked: 5, waiting: 12, lost: 13 });
  await consumer.giveUp(pending);
  expect(await account()).toEqual({ added: 30, acked: 5, waiting: 12, lost: 13 });
  await consumer.acknowledge(await read(100));
  expect(await account()).toEqual({ added: 30, acked: 17, waiting: 0, lost: 13 });
});

test('what went before anybody read is lost as well', async () => {
  await add(9);
  await redis.xtrim(stream, 'MAXLEN', 2);
  expect(await account()).toEqual({ added: 9, acked: 0, waiting: 2, lost: 7 });
});

test('what lies in the stream for other groups neither waits nor is lost', async () => {
  await consumer.ensureGroup();
  await redis.call('XGROUP', 'CREATE', stream, 'others', '0');
  await add(8);
  await consumer.acknowledge(await read(3));
  expect(await account()).toEqual({ added: 8, acked: 3, waiting: 5, lost: 0 });
  expect(await state.read()).toMatchObject({
    length: 8,
    groups: [{ name: 'others', idleMs: null }, { name: GROUP }],
  });
});

test('a stream that is gone with its account begins a new epoch; what waited is lost', async () => {
  await consumer.ensureGroup();
  await add(7);
  await consumer.acknowledge(await read(2));
  await sample();
  await redis.del(stream, accountKey(stream));
  await sample();
  const [closed] = await epochs.newest(stream, 5);
  expect(closed).toMatchObject({ added: '7', acked: '2', waiting: '0', lost: '5' });
  expect(closed?.endedAt).not.toBeNull();

  await consumer.ensureGroup();
  await add(3);
  await sample();
  await add(1);
  await sample();
  const all = await epochs.newest(stream, 5);
  expect(all).toHaveLength(2);
  expect(all[0]).toMatchObject({ added: '4', acked: '0', waiting: '4', lost: '0', endedAt: null });
  expect(await epochs.sums(stream)).toEqual({ added: 11, acked: 2, lost: 5, lostBefore: 5 });
});

test('a stream that was made anew under its old account begins a new epoch', async () => {
  await consumer.ensureGroup();
  await add(20);
  await consumer.acknowledge(await read(15));
  await sample();
  const before = await state.read();
  await redis.del(stream);
  await consumer.ensureGroup();
  await add(3);
  await sample();
  const after = await state.read();
  expect(after.epoch).not.toBe(before.epoch);
  expect(await account()).toEqual({ added: 3, acked: 0, waiting: 3, lost: 0 });
  await consumer.acknowledge(await read(3));
  expect(await account()).toEqual({ added: 3, acked: 3, waiting: 0, lost: 0 });
  expect(await epochs.newest(stream, 5)).toMatchObject([
    { endedAt: null },
    { acked: '15', lost: '5', waiting: '0' },
  ]);
});

test('the time of the last acknowledgement is kept while nothing is acknowledged', async () => {
  await consumer.ensureGroup();
  await add(2);
  await sample();
  expect((await epochs.newest(stream, 1))[0]?.lastAckedAt).toBeNull();
  await consumer.acknowledge(await read(1));
  await sample();
  const first = (await epochs.newest(stream, 1))[0]?.lastAckedAt;
  expect(first).toBeInstanceOf(Date);
  await sample();
  expect((await epochs.newest(stream, 1))[0]?.lastAckedAt).toEqual(first);
});
