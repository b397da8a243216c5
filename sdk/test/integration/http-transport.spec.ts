import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { createApiKey } from '../../src/contract/index.ts';
import {
  flush,
  getCurrentTraceId,
  initializeTracing,
  publishEvent,
  shutdown,
  traced,
  type TracingOptions,
} from '../../src/index.ts';
import { HttpStudio, type SentEntry } from '../http-studio.ts';
import { KeptLog, waitUntil } from '../observed-project.ts';

const projectId = randomUUID();
const { apiKey } = createApiKey(randomBytes);
let studio: HttpStudio;
let log: KeptLog;

beforeEach(async () => {
  studio = new HttpStudio();
  log = new KeptLog();
  await studio.start();
});
afterEach(async () => {
  await shutdown(100);
  await studio.stop();
});

const initialize = (options: TracingOptions = {}): void =>
  initializeTracing({
    apiUrl: studio.url,
    apiKey,
    projectId,
    logger: log,
    verifyConnectivity: false,
    heartbeatIntervalSeconds: 0,
    ...options,
  });
const publish = (traceId: string, more: object = {}): void =>
  publishEvent('trace_start', { traceId, data: { name: 'n', ...more } });
const traceIds = (entries: readonly SentEntry[]): unknown[] =>
  entries.flatMap(({ events }) => events.map(({ trace_id }) => trace_id));
const isTraced = (): boolean => traced('f', () => getCurrentTraceId() !== undefined)();

describe('without a Redis, events go over HTTP:', () => {
  test('one numbered body per flush, payloads as they are', async () => {
    initialize({ maxFieldBytes: 1_000_000 });
    const big = { n: 2 ** 53, text: 'grüezi 🚀 \u0000 "', list: [1, null] };
    publish('a', { input: big, meta: { a: 1 } });
    publish('b');
    expect(await flush(60_000)).toBe(true);
    publish('c', { input: 'x'.repeat(300_000) });
    publish('d', { input: null });
    expect(await flush(60_000)).toBe(true);
    expect(studio.entries.map(({ seq, n }) => [seq, n])).toEqual([
      [1, 2],
      [3, 1],
      [4, 1],
    ]);
    const [first] = studio.entries;
    expect(first).toMatchObject({
      project_id: projectId,
      instance_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      sent_at: expect.stringMatching(/Z$/),
      counters: { accepted: 2, merged: 0, dropped: {}, config_version: expect.any(Number) },
    });
    expect(first?.events[0]).toMatchObject({ event_type: 'trace_start', input: big, meta: { a: 1 } });
    expect(traceIds(studio.entries)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('an answer that was lost costs nothing: the same bytes come again', async () => {
    initialize();
    studio.mood = 'hang';
    publish('a');
    await waitUntil(() => studio.attempts.length === 1);
    studio.mood = 'well';
    studio.cut();
    publish('b');
    expect(await flush(20_000)).toBe(true);
    expect(studio.attempts[1]).toBe(studio.attempts[0]);
    expect(studio.entries.map(({ seq, n }) => [seq, n])).toEqual([
      [1, 1],
      [2, 1],
    ]);
  });

  test('what the server refuses for good is counted, its numbers are used again, and the rest goes on', async () => {
    initialize();
    const detail = 'bad_time: end_time is no RFC 3339 time';
    studio.mood = { status: 400, body: { errors: [{ field: 'events.0', message: detail }] } };
    publish('refused');
    publish('refused too');
    expect(await flush(60_000)).toBe(true);
    studio.mood = 'well';
    publish('fine');
    await flush(60_000);
    expect(studio.entries).toMatchObject([
      { seq: 1, n: 1, counters: { accepted: 3, dropped: { refused: 2 } } },
    ]);
    expect(log.lines).toContain(`warn ⚠️ SwisperStudio refused 1 events: ${detail}`);
  });

  test('what may have arrived before it was refused keeps its numbers', async () => {
    initialize();
    studio.mood = 'hang';
    publish('unknown');
    await waitUntil(() => studio.attempts.length === 1);
    studio.mood = { status: 400 };
    studio.cut();
    await flush(20_000);
    studio.mood = 'well';
    publish('fine');
    await flush(60_000);
    expect(studio.entries).toMatchObject([{ seq: 2, counters: { accepted: 2, dropped: {} } }]);
  });

  test('a body that is too large for somebody on the way is given up', async () => {
    initialize();
    studio.mood = { status: 413, headers: { 'content-type': 'text/html' } };
    publish('large');
    expect(await flush(60_000)).toBe(true);
    studio.mood = 'well';
    publish('fine');
    await flush(60_000);
    expect(studio.entries).toMatchObject([{ seq: 1, counters: { accepted: 2, dropped: { oversize: 1 } } }]);
  });

  test.each([
    ['a wrong key', { status: 401, body: { detail: 'Invalid API key' } }, '401 Invalid API key'],
    ['an unknown project', { status: 404, body: { detail: 'Project not found' } }, '404 Project not found'],
    ['another server', { status: 200, body: { hello: 1 } }, '200 no reason given'],
    ['a redirect', { status: 302, headers: { location: '/login' }, body: {} }, '302 no reason given'],
  ])('%s is said once, and everything is kept', async (_, mood, reason) => {
    initialize();
    studio.mood = mood;
    publish('a');
    await waitUntil(() => studio.attempts.length > 0);
    // There is nothing to wait for: it does not take the time it is given, which is less than the pause.
    const startedAt = performance.now();
    expect(await flush(20_000)).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    publish('b');
    await flush(100);
    expect(studio.attempts).toHaveLength(1);
    expect(log.lines.slice(-1)).toEqual([`warn ⚠️ SwisperStudio events are held back: ${reason}`]);
  });

  test('a key speaks for its own project only: events of others are not sent', async () => {
    initialize();
    publishEvent('trace_start', { projectId: randomUUID(), traceId: 'other', data: { name: 'n' } });
    publish('own');
    await flush(60_000);
    expect(traceIds(studio.entries)).toEqual(['own']);
  });

  test('a key that no header can carry, and an address that is none, throw nothing', async () => {
    initialize({ apiKey: 'sws_\u{1F680}\n', apiUrl: `${studio.url.replace('127', '%zz@127')}/base` });
    publish('a');
    expect(await flush(300)).toBe(false);
  });
});

describe('the switch over HTTP', () => {
  test('is heard of while nothing is sent, and stays off with the server gone', async () => {
    initialize();
    expect(isTraced()).toBe(true);
    await flush(60_000);
    await waitUntil(() => studio.polls.some((poll) => poll.includes('version=1&wait=25')));
    const sent = studio.entries.length;
    studio.turn(2, false);
    const offAfterMs = await waitUntil(() => !isTraced());
    // It would be the end of the wait, 25 s. Goal: 1 s.
    expect(offAfterMs).toBeLessThan(20_000);
    await studio.stop();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(isTraced()).toBe(false);
    await studio.start();
    studio.turn(3, true);
    await waitUntil(isTraced);
    await waitUntil(async () => (await flush(1000)) && studio.entries.length > sent);
  });

  test('rides in each answer', async () => {
    initialize();
    studio.config = { version: 7, enabled: false, full: false };
    publish('a');
    await flush(60_000);
    expect(isTraced()).toBe(false);
  });

  test('a server that is full is left alone, and sent to again with room', async () => {
    initialize();
    publish('before');
    await flush(60_000);
    await waitUntil(() => studio.polls.some((poll) => poll.includes('version=1&wait=25')));
    studio.config.full = true;
    studio.mood = { status: 503, headers: { 'retry-after': '1' } };
    publish('finds out');
    await waitUntil(() => studio.polls.some((poll) => !poll.includes('version=')));
    await waitUntil(() => log.lines.some((line) => line.includes('held back')));
    publish('held or dropped');
    studio.mood = 'well';
    studio.config.full = false;
    await waitUntil(async () => {
      publish('late');
      return (await flush(1000)) && studio.entries.length > 2;
    });
    expect(studio.entries.at(-1)?.counters.dropped['stream_full']).toBeGreaterThan(0);
  });
});
