import { afterEach, expect, jest, test } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { flush, initializeTracing, publishEvent, shutdown } from '../../src/index.ts';
import { createApiKey, deriveSigningKey, verifyFields } from '../../src/contract/index.ts';
import { HttpStudio } from '../http-studio.ts';
import { KeptLog, waitUntil } from '../observed-project.ts';
import { ScriptedRedis } from '../scripted-redis.ts';

const HOUR_MS = 3_600_000;
const projectId = randomUUID();
const { apiKey } = createApiKey(randomBytes);
const streamName = 'events';
/** Without heartbeats: only events come. */
const options = { projectId, apiKey, streamName, heartbeatIntervalSeconds: 0 };
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  jest.restoreAllMocks();
  await shutdown(200);
  await Promise.all(closing.splice(0).map((close) => close()));
});

/** As if so much time had gone by since, on the clock that does not step. */
function letPass(ms: number): void {
  const now = performance.now.bind(performance);
  jest.spyOn(performance, 'now').mockImplementation(() => now() + ms);
}

async function redisThat(...answers: string[]): Promise<ScriptedRedis> {
  const redis = new ScriptedRedis(...answers);
  await redis.start();
  closing.push(() => redis.stop());
  return redis;
}

const publish = (): void => publishEvent('trace_start', { projectId, traceId: 't', data: { name: 'run' } });

/** Names and values of an XADD's entry. */
function fieldsOf(args: readonly Buffer[] | undefined = []): Map<string, Buffer> {
  const fields = new Map<string, Buffer>();
  for (let i = 6; i + 1 < args.length; i += 2) fields.set(String(args[i]), args[i + 1] ?? Buffer.alloc(0));
  return fields;
}

const laterBy = (first: string | undefined, second: string | undefined): number =>
  Date.parse(second ?? '') - Date.parse(first ?? '');

test('an entry that Redis did not take for hours says when it is sent, and is signed again; nothing else changes', async () => {
  const redis = await redisThat(...Array.from({ length: 1000 }, () => '-MISCONF cannot write to disk'));
  initializeTracing({ ...options, redisUrl: redis.url, logger: new KeptLog() });
  publish();
  await waitUntil(() => redis.added.length > 0);
  letPass(2 * HOUR_MS);
  redis.recover();
  expect(await flush(60_000)).toBe(true);
  const [first, second] = [redis.added[0], redis.added.at(-1)].map(fieldsOf);
  const late = laterBy(first?.get('sent_at')?.toString(), second?.get('sent_at')?.toString());
  expect(Math.abs(late - 2 * HOUR_MS)).toBeLessThan(HOUR_MS / 10);
  for (const fields of [first, second])
    expect(verifyFields(streamName, fields ?? new Map(), deriveSigningKey(apiKey))).toBe(true);
  const rest = (fields = new Map<string, Buffer>()) =>
    [...fields].filter(([name]) => name !== 'sent_at' && name !== 'sig');
  expect(rest(second)).toEqual(rest(first));
});

test('so does one that the server did not take over HTTP', async () => {
  const studio = new HttpStudio();
  await studio.start();
  closing.push(() => studio.stop());
  studio.mood = { status: 500 };
  initializeTracing({
    projectId,
    apiKey,
    apiUrl: studio.url,
    logger: new KeptLog(),
    heartbeatIntervalSeconds: 0,
  });
  publish();
  await waitUntil(() => studio.attempts.length > 0);
  letPass(2 * HOUR_MS);
  studio.mood = 'well';
  expect(await flush(60_000)).toBe(true);
  const [first = '', last = ''] = [studio.attempts[0], studio.attempts.at(-1)];
  const sentAt = (body: string): string => /"sent_at":"([^"]+)"/.exec(body)?.[1] ?? '';
  expect(Math.abs(laterBy(sentAt(first), sentAt(last)) - 2 * HOUR_MS)).toBeLessThan(HOUR_MS / 10);
  expect(last.replace(sentAt(last), '')).toBe(first.replace(sentAt(first), ''));
});

test('a Redis that became a replica is left for the one its name leads to now', async () => {
  const replicas = Array.from(
    { length: 1000 },
    () => "-READONLY You can't write against a read only replica.",
  );
  const before = await redisThat(...replicas);
  const log = new KeptLog();
  initializeTracing({ ...options, redisUrl: before.url, logger: log });
  publish();
  await waitUntil(() => before.added.length > 0);
  const port = Number(new URL(before.url).port);
  const after = new ScriptedRedis();
  before.stopListening();
  await after.start(port);
  closing.push(() => after.stop());
  expect(await flush(60_000)).toBe(true);
  expect(fieldsOf(after.added[0])).toEqual(fieldsOf(before.added[0]));
  expect(log.lines.filter((line) => line.includes('READONLY'))).toHaveLength(1);
});

test('so it is by a process that has nothing to send but heartbeats', async () => {
  const before = await redisThat();
  before.refuse("-READONLY You can't write against a read only replica.");
  initializeTracing({ projectId, apiKey, streamName, redisUrl: before.url, logger: new KeptLog() });
  await waitUntil(() => before.added.length > 0);
  const after = new ScriptedRedis();
  before.stopListening();
  await after.start(Number(new URL(before.url).port));
  closing.push(() => after.stop());
  await waitUntil(() => after.added.length > 0);
  expect(String(after.added[0]?.[1])).toContain('heartbeat');
});

test('what keeps entries from being taken is said also when Redis was away before', async () => {
  const redis = await redisThat(...Array.from({ length: 1000 }, () => '-NOPERM this user may not'));
  const port = Number(new URL(redis.url).port);
  await redis.stop();
  const log = new KeptLog();
  initializeTracing({ ...options, redisUrl: redis.url, logger: log });
  publish();
  const isSaid = (text: string) => log.lines.some((line) => line.includes(text));
  await waitUntil(() => isSaid('Redis publisher initialization failed'));
  await redis.start(port);
  await waitUntil(() => isSaid('events are held back: NOPERM'));
});

test('a Redis that goes away is told once for each time that it stays away, and what it says when it is back', async () => {
  const redis = await redisThat();
  const port = Number(new URL(redis.url).port);
  const log = new KeptLog();
  initializeTracing({ ...options, redisUrl: redis.url, logger: log });
  const told = (text = '') =>
    log.lines.filter((line) => line.includes(`events are held back: ${text}`)).length;
  publish();
  expect(await flush(60_000)).toBe(true);
  for (const times of [1, 2]) {
    const reads = redis.reads;
    await redis.stop();
    await waitUntil(() => told('connect') === times);
    await redis.start(port);
    await waitUntil(() => redis.reads > reads);
  }
  redis.refuse("-OOM command not allowed when used memory > 'maxmemory'.");
  publish();
  await waitUntil(() => told('OOM') === 1);
  redis.recover();
  expect(await flush(60_000)).toBe(true);
  expect(told()).toBe(3);
});
