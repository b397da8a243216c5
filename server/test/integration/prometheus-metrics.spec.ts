import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SETTINGS } from '../../src/config/settings.module.ts';
import type { Settings } from '../../src/config/settings.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { NIL_UUID } from '../../src/kernel/uuid.ts';
import { REDIS, type RedisCommands } from '../../src/redis/redis.module.ts';
import { EventAccount } from '../../src/stream-consumer/accounting/event-account.ts';
import { StreamSampler } from '../../src/stream-consumer/accounting/stream-sampler.ts';
import { ConsumerMetrics } from '../../src/stream-consumer/pipeline/consumer-metrics.ts';
import { eventually } from '../harness/eventually.ts';
import { startOwnRedis } from '../harness/services.ts';
import { type AppInProcess, startInProcess } from './app-in-process.ts';

const TOKEN = 'metrics-token-of-this-test';
let open: AppInProcess;
let closed: AppInProcess;

beforeAll(async () => {
  open = await startInProcess({ STUDIO_ROLES: 'api' });
  closed = await startInProcess({ STUDIO_ROLES: 'scheduler', STUDIO_METRICS_TOKEN: TOKEN });
});
afterAll(async () => {
  await open.close();
  await closed.close();
});

const get = (studio: AppInProcess, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${studio.url}/metrics`, { headers });

/** Value of one series, as it stands in the text. */
async function seriesOf(studio: AppInProcess): Promise<Map<string, string>> {
  const text = await (await get(studio)).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]),
  );
}

test('without a token metrics are for this machine, and not through a proxy on it', async () => {
  const answer = await get(open);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect((await get(open, { 'x-forwarded-for': '203.0.113.9' })).status).toBe(403);
});

test('with a token metrics are for who has it, in a process of any role', async () => {
  expect((await get(closed)).status).toBe(401);
  expect((await get(closed, { authorization: 'Bearer wrong-token-of-this-test' })).status).toBe(401);
  expect((await get(closed, { authorization: `Basic ${TOKEN}` })).status).toBe(401);
  const answer = await get(closed, { authorization: `Bearer ${TOKEN}`, 'x-forwarded-for': '203.0.113.9' });
  expect(answer.status).toBe(200);
  expect(await answer.text()).not.toContain(TOKEN);
});

test('every line is a comment or a number of a metric of ours', async () => {
  const text = await (await get(open)).text();
  const line =
    /^(?:# (?:HELP|TYPE) swisper_studio_\S+ .+|swisper_studio_\w+(?:\{.*\})? -?(?:[\d.e+-]+|\+Inf|NaN))$/;
  expect(text.split('\n').filter((it) => it !== '' && !line.test(it))).toEqual([]);
  expect(text).toContain('swisper_studio_process_cpu_seconds_total');
});

test('both accounts, the backlog and the dependencies are told', async () => {
  const redis = open.app.get<RedisCommands>(REDIS);
  const stream = open.app.get<Settings>(SETTINGS).observability.streamName;
  for (let n = 0; n < 3; n++) await redis.xadd(stream, '*', 'n', '4');
  await redis.call('XTRIM', stream, 'MAXLEN', '2');
  await open.app.get(StreamSampler).run();
  const account = new EventAccount(systemClock);
  const outcome = {
    entryId: '1-1',
    projectId: NIL_UUID,
    isVerified: false,
    instanceId: null,
    firstSeq: null,
    events: 1,
    receivedMs: Date.now(),
    counters: null,
    rejected: new Map([[-1, 'unknown_project']]),
    switchedOff: new Map<number, string>(),
  };
  await open.database.transaction((manager) => account.record(manager, [outcome]));
  const series = await seriesOf(open);
  const expected = {
    swisper_studio_stream_entries: '2',
    swisper_studio_backlog_entries: '2',
    swisper_studio_backlog_events: '8',
    swisper_studio_entries_added_total: '3',
    swisper_studio_entries_acked_total: '0',
    swisper_studio_entries_lost_total: '1',
    [`swisper_studio_events_received_total{project="${NIL_UUID}"}`]: '1',
    [`swisper_studio_events_rejected_total{project="${NIL_UUID}",reason="unknown_project"}`]: '1',
    'swisper_studio_dependency_up{dependency="redis"}': '1',
    'swisper_studio_dependency_up{dependency="database"}': '1',
  };
  expect(Object.fromEntries([...series].filter(([name]) => name in expected))).toEqual(expected);
  expect(Number(series.get('swisper_studio_oldest_waiting_seconds'))).toBeGreaterThanOrEqual(0);
});

const ROOM = ['stream_bytes', 'stream_limit_bytes', 'stream_full'].map((name) => `swisper_studio_${name}`);

/** Of the figures of the stream's memory, those that are told. */
const roomOf = async (studio: AppInProcess): Promise<string[]> => {
  const series = await seriesOf(studio);
  return ROOM.filter((name) => series.has(name));
};

test('the memory of the stream is told by who measures it, and by nobody else', async () => {
  await eventually(
    () => roomOf(open),
    (told) => told.length === ROOM.length,
  );
  const consumer = await startInProcess({ STUDIO_ROLES: 'consumer' });
  try {
    expect((await seriesOf(consumer)).get('swisper_studio_stream_entries')).toBe('0');
    expect(await roomOf(consumer)).toEqual([]);
  } finally {
    await consumer.close();
  }
});

test('what the consumer of the process did is told', async () => {
  const consumer = open.app.get(ConsumerMetrics);
  consumer.batchStored({ entries: 3, events: 250, ms: 40 });
  consumer.batchFailed('database');
  consumer.breakerTripped(true);
  const series = await seriesOf(open);
  expect(series.get('swisper_studio_commits_total')).toBe('1');
  expect(series.get('swisper_studio_batch_events_sum')).toBe('250');
  expect(series.get('swisper_studio_batch_duration_seconds_bucket{le="0.05"}')).toBe('1');
  expect(series.get('swisper_studio_batch_failures_total{kind="database"}')).toBe('1');
  expect(series.get('swisper_studio_breaker_tripped')).toBe('1');
});

test('while Redis is away metrics are answered, and what only Redis knows is left out', async () => {
  const redis = await startOwnRedis();
  const studio = await startInProcess({ STUDIO_ROLES: 'api', OBSERVABILITY_REDIS_URL: redis.url });
  try {
    expect((await seriesOf(studio)).get('swisper_studio_backlog_entries')).toBe('0');
    await eventually(
      () => roomOf(studio),
      (told) => told.length === ROOM.length,
    );
    await redis.stop();
    const series = await seriesOf(studio);
    expect(series.get('swisper_studio_dependency_up{dependency="redis"}')).toBe('0');
    expect(series.get('swisper_studio_dependency_up{dependency="database"}')).toBe('1');
    expect(series.has('swisper_studio_backlog_entries')).toBe(false);
    expect(ROOM.filter((name) => series.has(name))).toEqual([]);
  } finally {
    await studio.close();
    redis.remove();
  }
});
