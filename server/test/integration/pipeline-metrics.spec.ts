import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { accountKey } from 'swisper-studio/contract';
import { SETTINGS } from '../../src/config/settings.module.ts';
import type { Settings } from '../../src/config/settings.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { NIL_UUID } from '../../src/kernel/uuid.ts';
import { REDIS, type RedisCommands } from '../../src/redis/redis.module.ts';
import { EventAccount } from '../../src/stream-consumer/accounting/event-account.ts';
import { StreamSampler } from '../../src/stream-consumer/accounting/stream-sampler.ts';
import type { EntryOutcome } from '../../src/stream-consumer/storing/entry-outcome.ts';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { eventually } from '../harness/eventually.ts';
import { type AppInProcess, startInProcess } from './app-in-process.ts';

const GROUP = 'swisper_studio_consumers';
type Answer = Record<string, unknown>;
let studio: AppInProcess;
let admin: ApiClient;
let program: ApiClient;
let projectId: string;
let redis: RedisCommands;
let stream: string;

beforeAll(async () => {
  studio = await startInProcess({ STUDIO_ROLES: 'api' });
  admin = await ApiClient.signedIn(studio.url);
  const project = await createProject(admin);
  projectId = project.id;
  program = ApiClient.withKey(studio.url, project.apiKey);
  redis = studio.app.get<RedisCommands>(REDIS);
  stream = studio.app.get<Settings>(SETTINGS).observability.streamName;
});
afterAll(() => studio.close());
beforeEach(async () => {
  await redis.del(stream, accountKey(stream));
});

const metricsOf = async (client: ApiClient): Promise<Answer> =>
  (await client.get('/observability/metrics')).body as Answer;
const metrics = (): Promise<Answer> => metricsOf(program);
const sample = (): Promise<void> => studio.app.get(StreamSampler).run();

async function count(changes: Partial<EntryOutcome>): Promise<void> {
  const none = new Map<number, string>();
  const outcome = {
    entryId: `${String(Date.now())}-${randomUUID()}`,
    projectId,
    isVerified: true,
    instanceId: randomUUID(),
    firstSeq: 1,
    events: 1,
    receivedMs: Date.now(),
    counters: null,
    rejected: none,
    switchedOff: none,
    ...changes,
  };
  const account = new EventAccount(systemClock);
  await studio.database.transaction((manager) => account.record(manager, [outcome]));
}

test('before anything was sent there is nothing to wait for', async () => {
  expect(await metrics()).toEqual({
    stream_length: 0,
    consumer_groups: [],
    consumers: [],
    status: 'healthy',
    backlog_entries: 0,
    backlog_events: 0,
    oldest_waiting_seconds: null,
    stream_bytes: expect.any(Number),
    stream_bytes_limit: expect.any(Number),
    stream_full: false,
    entries_added_per_second: null,
    entries_acked_per_second: null,
    last_commit_at: null,
    epochs: [],
    lost_in_earlier_epochs: 0,
    event_accounts: [],
    warnings: [],
  });
});

test('what nobody has stored yet is the backlog, in entries and events', async () => {
  for (let n = 0; n < 3; n++) await program.post('/traces', { name: 'x', output: 1 });
  expect(await metrics()).toMatchObject({
    stream_length: 3,
    status: 'healthy',
    backlog_entries: 3,
    backlog_events: 6,
  });
});

test('an entry that waits for more than 30 s is a lag', async () => {
  await redis.xadd(stream, `${String(Date.now() - 31_000)}-0`, 'event_type', 'trace_start', 'trace_id', 't');
  const body = await metrics();
  expect(body).toMatchObject({ stream_length: 1, status: 'lagging', backlog_events: 1 });
  expect(body['oldest_waiting_seconds']).toBeGreaterThanOrEqual(31);
});

test('what is kept for other groups is not our backlog', async () => {
  for (const group of [GROUP, 'others']) await redis.call('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM');
  for (let n = 0; n < 2; n++) await program.post('/traces', { name: 'x' });
  expect(await metrics()).toMatchObject({ stream_length: 2, backlog_events: 2 });
  const read = ['GROUP', GROUP, 'host-1', 'COUNT', '9', 'STREAMS', stream, '>'];
  const answer = (await redis.call('XREADGROUP', ...read)) as [string, [string, string[]][]][];
  expect(await metrics()).toMatchObject({
    stream_length: 2,
    backlog_events: 2,
    consumers: [{ name: 'host-1', pending: 2 }],
  });
  await redis.call('XACK', stream, GROUP, ...(answer[0]?.[1].map(([id]) => id) ?? []));
  expect(await metrics()).toMatchObject({
    stream_length: 2,
    backlog_events: 0,
    oldest_waiting_seconds: null,
  });
});

test('a stream that begins anew keeps its past, with what waited as lost', async () => {
  await redis.xadd(stream, '*', 'n', '1');
  await sample();
  await redis.del(stream, accountKey(stream));
  await sample();
  await redis.xadd(stream, '*', 'n', '1');
  await redis.xadd(stream, '*', 'n', '1');
  await sample();
  const { epochs, lost_in_earlier_epochs: lost } = await metrics();
  expect(lost).toBeGreaterThanOrEqual(1);
  expect((epochs as Answer[]).slice(0, 2)).toMatchObject([
    { added: 2, acked: 0, waiting: 2, lost: 0, ended_at: null },
    { added: 1, acked: 0, waiting: 0, lost: 1, ended_at: expect.any(String) },
  ]);
});

test('a key sees the account of its own project, a person sees all', async () => {
  const other = await createProject(admin);
  await count({ events: 5, rejected: new Map([[0, 'bad_time']]) });
  await count({ projectId: other.id, isVerified: false, instanceId: null, firstSeq: null });
  await count({ projectId: NIL_UUID, isVerified: false, rejected: new Map([[-1, 'unknown_project']]) });

  const own = await metrics();
  expect(own['event_accounts']).toEqual([
    {
      project_id: projectId,
      received: 5,
      stored: 4,
      duplicate: 0,
      unverified: 0,
      rejected: { bad_time: 1 },
      switched_off: {},
      missing: 0,
      missing_since: null,
    },
  ]);
  expect(own['warnings']).toEqual([]);
  const all = await metricsOf(admin);
  const ids = (all['event_accounts'] as { project_id: string }[]).map((account) => account.project_id);
  expect(ids.sort()).toEqual([NIL_UUID, projectId, other.id].sort());
  expect(all['warnings']).toEqual([
    { code: 'unverified_source', message: expect.any(String), project_id: other.id },
  ]);
  const foreign = await program.get(`/observability/accounts?project_id=${other.id}`);
  expect(foreign.status).toBe(404);
});

test('an account is told by instance and hour, with the numbers that did not come', async () => {
  const project = await createProject(admin);
  await count({ projectId: project.id, instanceId: 'worker-1', firstSeq: 4, events: 2 });
  await count({ projectId: project.id, instanceId: null, firstSeq: null });
  const { body } = await admin.get(`/observability/accounts?project_id=${project.id}&hours=1`);
  const { hours, producers } = body as { hours: Answer[]; producers: Answer[] };
  expect(hours).toHaveLength(2);
  expect(hours).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ instance_id: null, received: 1, stored: 1 }),
      expect.objectContaining({ instance_id: 'worker-1', received: 2, stored: 2 }),
    ]),
  );
  expect(producers).toMatchObject([{ instance_id: 'worker-1', verified: true, highest: 5, missing: 3 }]);
});

test('somebody else in our group, and a group that has not read for a day, are named', async () => {
  const yesterday = `${String(Date.now() - 25 * 3_600_000)}-0`;
  await redis.xadd(stream, yesterday, 'n', '1');
  await redis.call('XGROUP', 'CREATE', stream, GROUP, '0');
  await redis.call('XGROUP', 'CREATE', stream, 'abandoned', yesterday);
  await redis.call('XREADGROUP', 'GROUP', GROUP, 'consumer_1', 'COUNT', '1', 'STREAMS', stream, '>');
  const { warnings } = await metrics();
  expect(warnings).toEqual([
    { code: 'foreign_consumer', message: expect.stringContaining('consumer_1'), project_id: null },
    { code: 'foreign_group_idle', message: expect.stringContaining('abandoned'), project_id: null },
  ]);
});

test('servers know each other by the names they gave themselves, whatever those are', async () => {
  const shared = {
    OBSERVABILITY_STREAM_NAME: stream,
    DATABASE_URL: studio.databaseUrl,
    STUDIO_ROLES: 'consumer',
  };
  const named = await startInProcess({ ...shared, OBSERVABILITY_CONSUMER_NAME: 'named_here' });
  const numbered = await startInProcess(shared);
  try {
    await eventually(metrics, ({ consumers }) => Array.isArray(consumers) && consumers.length === 2);
    await eventually(metrics, ({ warnings }) => Array.isArray(warnings) && warnings.length === 0);
    await redis.call('XGROUP', 'CREATECONSUMER', stream, GROUP, 'worker-1');
    expect((await metrics())['warnings']).toEqual([
      { code: 'foreign_consumer', message: expect.stringContaining('worker-1'), project_id: null },
    ]);
  } finally {
    await numbered.close();
    await named.close();
  }
  // One that has ended is still seen for a minute, and still known.
  expect((await metrics())['consumers']).toHaveLength(3);
  expect((await metrics())['warnings']).toMatchObject([{ code: 'foreign_consumer' }]);
});
