import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '../harness/eventually.ts';
import { startOwnRedis } from '../harness/services.ts';
import { IngestRig, type RigProject } from './ingest-rig.ts';

/** From a connection that is not of the pool: a pooled one may have been cut itself. */
const CUT_OTHERS = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()`;
const GROUP = 'swisper_studio_consumers';
let redis: Awaited<ReturnType<typeof startOwnRedis>>;
let rig: IngestRig;
let project: RigProject;

beforeEach(async () => {
  redis = await startOwnRedis();
  rig = await IngestRig.start({ redisUrl: redis.url });
  project = await rig.createProject();
});
afterEach(async () => {
  await rig.close();
  await redis.stop();
  redis.remove();
});

let seq = 1;
async function addTrace(): Promise<string> {
  const id = randomUUID();
  const header = {
    event_type: 'trace_start',
    trace_id: id,
    name: 'run',
    timestamp: new Date().toISOString(),
  };
  await rig.addBatch(project.id, [{ header, payloads: [] }], { seq: seq++ });
  return id;
}
const count = async (ids: readonly string[]) =>
  (await rig.query('SELECT count(*)::int AS n FROM traces WHERE id = ANY($1)', [ids]))[0]?.['n'];
const acked = async () => Number((await rig.redis.hgetall(`${rig.stream}:account`))['acked']);

test('entries that this consumer and another one left behind are stored, each counted once', async () => {
  const ids = [await addTrace(), await addTrace(), await addTrace(), await addTrace()];
  const before = rig.openReader('rig');
  await before.ensureGroup();
  expect((await before.readNew({ entries: 2, bytes: 1_000_000 }, 100)).entries).toHaveLength(2);
  expect((await rig.openReader('other').readNew({ entries: 2, bytes: 1_000_000 }, 100)).entries).toHaveLength(
    2,
  );
  // As if the other had been dead for a while.
  const pending = (await rig.redis.call('XPENDING', rig.stream, GROUP, '-', '+', '10', 'other')) as [
    string,
  ][];
  await rig.redis.call(
    'XCLAIM',
    rig.stream,
    GROUP,
    'other',
    '0',
    ...pending.map(([id]) => id),
    'IDLE',
    '60000',
    'JUSTID',
  );
  rig.consume();
  await rig.drained();
  expect(await count(ids)).toBe(4);
  expect(await acked()).toBe(4);
});

test('entries trimmed while they were pending are acknowledged and hold nothing up', async () => {
  await addTrace();
  const before = rig.openReader('rig');
  await before.ensureGroup();
  await before.readNew({ entries: 10, bytes: 1_000_000 }, 100);
  await rig.redis.call('XTRIM', rig.stream, 'MAXLEN', '0');
  const next = await addTrace();
  rig.consume();
  await rig.drained();
  expect(await count([next])).toBe(1);
  await eventually(
    async () => (await rig.redis.call('XPENDING', rig.stream, GROUP)) as unknown[],
    ([left]) => left === 0,
  );
});

test('after FLUSHALL the group is made again and what comes then is stored', async () => {
  rig.consume();
  const first = await addTrace();
  await rig.drained();
  await rig.redis.call('FLUSHALL');
  const second = await addTrace();
  await rig.drained();
  expect(await count([first, second])).toBe(2);
});

test('when Redis is killed and comes back, what waited there is stored', async () => {
  rig.consume();
  await addTrace();
  await rig.drained();
  await redis.stop();
  await new Promise((resolve) => setTimeout(resolve, 500));
  redis = await startOwnRedis({ folder: redis.folder, port: redis.port });
  await eventually(
    () => rig.redis.status,
    (status) => status === 'ready',
  );
  const ids = [await addTrace(), await addTrace()];
  await rig.drained();
  expect(await count(ids)).toBe(2);
});

test('with a schema of another version nothing is acknowledged or given up, and once it is right all is stored', async () => {
  rig.consume();
  await addTrace();
  await rig.drained();
  await rig.query('ALTER TABLE traces RENAME TO traces_away');
  const ids = [await addTrace(), await addTrace(), await addTrace()];
  await eventually(
    () => Promise.resolve(rig.failure),
    (failure) => failure === 'schema',
  );
  expect(await rig.redis.xlen(rig.stream)).toBe(3);
  await rig.query('ALTER TABLE traces_away RENAME TO traces');
  await rig.drained();
  expect(await count(ids)).toBe(3);
  expect(await rig.deadLetters()).toEqual([]);
});

test('batches whose connections are cut are stored with the next', async () => {
  rig.consume();
  const ids: string[] = [];
  await rig.onOwnConnection(async (client) => {
    for (let n = 0; n < 100; n++) {
      ids.push(await addTrace());
      if (n % 10 === 0) await client.query(CUT_OTHERS);
    }
  });
  await rig.drained();
  expect(await count(ids)).toBe(100);
  expect(await rig.deadLetters()).toEqual([]);
});

test('an entry another group still needs stays in the stream, acknowledged by us', async () => {
  await rig.redis.call('XGROUP', 'CREATE', rig.stream, 'somebody-else', '0', 'MKSTREAM');
  rig.consume();
  const id = await addTrace();
  await eventually(
    () => count([id]),
    (n) => n === 1,
  );
  await eventually(acked, (n) => n === 1);
  expect(await rig.redis.xlen(rig.stream)).toBe(1);
  expect(((await rig.redis.call('XPENDING', rig.stream, GROUP)) as unknown[])[0]).toBe(0);
});

test('asked to stop under load, it finishes what it has and leaves the rest to the next', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 200; n++) ids.push(await addTrace());
  rig.consume();
  await eventually(
    () => count(ids),
    (n) => Number(n) > 0,
  );
  await rig.stopConsuming();
  const waiting = await rig.redis.xlen(rig.stream);
  expect(await count(ids)).toBe(200 - waiting);
  expect(((await rig.redis.call('XPENDING', rig.stream, GROUP)) as unknown[])[0]).toBe(0);
});

test('consumers that are idle for long and hold nothing are forgotten, others are not', async () => {
  const reader = rig.openReader('rig');
  await reader.ensureGroup();
  await addTrace();
  await rig.openReader('holds-one').readNew({ entries: 1, bytes: 1_000_000 }, 100);
  for (const name of ['idle', 'rig']) {
    await rig.redis.call('XGROUP', 'CREATECONSUMER', rig.stream, GROUP, name);
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  await reader.forgetIdleConsumers(20);
  const consumers = (await rig.redis.call('XINFO', 'CONSUMERS', rig.stream, GROUP)) as unknown[][];
  expect(consumers.map((fields) => fields[1])).toEqual(['holds-one', 'rig']);
});

test('a consumer that starts while Redis is out of memory drains it', async () => {
  const ids = [await addTrace(), await addTrace()];
  const reader = rig.openReader('rig');
  await reader.ensureGroup();
  await rig.redis.call('CONFIG', 'SET', 'maxmemory', '1');
  rig.consume();
  await rig.drained();
  await rig.redis.call('CONFIG', 'SET', 'maxmemory', '0');
  expect(await count(ids)).toBe(2);
  expect(await acked()).toBe(2);
});
