import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SETTINGS } from '../../src/config/settings.module.ts';
import type { Settings } from '../../src/config/settings.ts';
import { REDIS, type RedisCommands } from '../../src/redis/redis.module.ts';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { type AppInProcess, startInProcess } from './app-in-process.ts';

const GROUP = 'swisper_studio_consumers';
let studio: AppInProcess;
let program: ApiClient;
let redis: RedisCommands;
let stream: string;

beforeAll(async () => {
  studio = await startInProcess({ STUDIO_ROLES: 'api' });
  const project = await createProject(await ApiClient.signedIn(studio.url));
  program = ApiClient.withKey(studio.url, project.apiKey);
  redis = studio.app.get<RedisCommands>(REDIS);
  stream = studio.app.get<Settings>(SETTINGS).observability.streamName;
});
afterAll(() => studio.close());

const metrics = async () => (await program.get('/observability/metrics')).body;

test('before anything was sent there is nothing to wait for', async () => {
  expect(await metrics()).toEqual({
    stream_length: 0,
    consumer_groups: [],
    status: 'healthy',
    backlog_events: 0,
    oldest_waiting_seconds: null,
  });
});

test('what nobody has stored yet is the backlog, in events', async () => {
  for (let n = 0; n < 3; n++) await program.post('/traces', { name: 'x', output: 1 });
  expect(await metrics()).toMatchObject({ stream_length: 3, status: 'healthy', backlog_events: 6 });
});

test('an entry that waits for more than 30 s is a lag', async () => {
  await redis.del(stream);
  await redis.xadd(stream, `${String(Date.now() - 31_000)}-0`, 'event_type', 'trace_start', 'trace_id', 't');
  const body = await metrics();
  expect(body).toMatchObject({ stream_length: 1, status: 'lagging', backlog_events: 1 });
  expect((body as { oldest_waiting_seconds: number }).oldest_waiting_seconds).toBeGreaterThanOrEqual(31);
});

test('what is kept for other groups is not our backlog', async () => {
  await redis.del(stream);
  for (const group of [GROUP, 'others']) await redis.call('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM');
  for (let n = 0; n < 2; n++) await program.post('/traces', { name: 'x' });
  expect(await metrics()).toMatchObject({ stream_length: 2, backlog_events: 2 });
  const read = ['GROUP', GROUP, 'c', 'COUNT', '9', 'STREAMS', stream, '>'];
  const answer = (await redis.call('XREADGROUP', ...read)) as [string, [string, string[]][]][];
  expect(await metrics()).toMatchObject({ stream_length: 2, backlog_events: 2 });
  await redis.call('XACK', stream, GROUP, ...(answer[0]?.[1].map(([id]) => id) ?? []));
  expect(await metrics()).toMatchObject({
    stream_length: 2,
    backlog_events: 0,
    oldest_waiting_seconds: null,
  });
});
