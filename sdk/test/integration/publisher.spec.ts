import { afterEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';
import { decodeEntry, type DecodedEntry } from '../../src/contract/index.ts';
import {
  flush,
  getCurrentTraceId,
  initializeRedisPublisher,
  initializeTracing,
  publishEvent,
  shutdown,
  traced,
} from '../../src/index.ts';
import { KeptLog, ObservedProject, waitUntil } from '../observed-project.ts';

const redisUrl = process.env['SWISPER_TEST_REDIS_URL'] ?? '';
const log = new KeptLog();

afterEach(async () => {
  await shutdown(60_000);
  log.lines.length = 0;
});

async function entriesOf(streamName: string): Promise<{ entry: DecodedEntry; fieldNames: string[] }[]> {
  const redis = new Redis(redisUrl);
  const raw = await redis.xrangeBuffer(streamName, '-', '+');
  redis.disconnect();
  return raw.map(([, list]) => {
    const fields = new Map<string, Buffer>();
    for (let i = 0; i + 1 < list.length; i += 2) fields.set(String(list[i]), list[i + 1] ?? Buffer.alloc(0));
    const result = decodeEntry(fields);
    if (!result.ok) throw new Error(result.detail);
    return { entry: result.entry, fieldNames: [...fields.keys()] };
  });
}

test('a publisher alone sends unsigned events of any project, numbered per project, and traces nothing', async () => {
  const streamName = `observability:events:test-${randomUUID()}`;
  initializeRedisPublisher({ redisUrl, streamName, logger: log });
  const [one, two] = [randomUUID(), randomUUID()];
  for (const projectId of [one, two, one, two, two])
    publishEvent('trace_start', { projectId, traceId: randomUUID(), data: { name: 'n' } });
  publishEvent('trace_start', { traceId: 'no project' });
  expect(traced('f', () => getCurrentTraceId())()).toBeUndefined();
  expect(await flush(60_000)).toBe(true);
  const entries = await entriesOf(streamName);
  const numbersOf = (projectId: string): number[] =>
    entries
      .filter(({ entry }) => entry.projectId === projectId)
      .flatMap(({ entry }) => entry.events.map((_, i) => entry.seq + i));
  expect([numbersOf(one), numbersOf(two)]).toEqual([
    [1, 2],
    [1, 2, 3],
  ]);
  expect(entries.flatMap(({ fieldNames }) => fieldNames)).not.toContain('sig');
  expect(log.lines).toEqual([`info ✅ Redis publisher connected: ${redisUrl}`]);
});

test('a project written in several ways is numbered once, and what is no project holds nothing up', async () => {
  const streamName = `observability:events:test-${randomUUID()}`;
  initializeRedisPublisher({ redisUrl, streamName, logger: log });
  const id = randomUUID();
  // What programs without types may pass.
  const wrong: unknown[] = [7, null, {}, Symbol('p'), 'my project', 'x'.repeat(1e6)];
  for (const each of [id, ...wrong, id.toUpperCase(), id.replaceAll('-', '')])
    Reflect.apply(publishEvent, undefined, ['trace_start', { projectId: each, traceId: randomUUID() }]);
  expect(await flush(60_000)).toBe(true);
  const entries = await entriesOf(streamName);
  expect(entries.map(({ entry }) => [entry.projectId, entry.seq, entry.events.length])).toEqual([[id, 1, 3]]);
});

test('events of another project than the key\u2019s are not signed with it', async () => {
  const project = new ObservedProject(redisUrl);
  project.initialize();
  publishEvent('trace_start', { traceId: 'own', data: { name: 'n' } });
  publishEvent('trace_start', { traceId: 'other', projectId: randomUUID(), data: { name: 'n' } });
  await flush(60_000);
  const entries = await entriesOf(project.streamName);
  expect(entries.map(({ fieldNames }) => fieldNames.includes('sig'))).toEqual([true, false]);
  project.close();
});

test('initialising again replaces what ran, without losing what it held', async () => {
  const [first, second] = [new ObservedProject(redisUrl), new ObservedProject(redisUrl)];
  first.initialize();
  traced('one', () => 1)();
  second.initialize();
  traced('two', () => 2)();
  await flush(60_000);
  await waitUntil(async () => (await first.redis.xlen(first.streamName)) > 0);
  expect((await first.events()).map(({ name }) => name)).toEqual(['one', 'one', undefined]);
  expect((await second.events()).map(({ name }) => name)).toEqual(['two', 'two', undefined]);
  const instances = [...(await first.entries()), ...(await second.entries())].map(
    ({ instanceId }) => instanceId,
  );
  expect(new Set(instances).size).toBe(2);
  await shutdown(60_000);
  first.close();
  second.close();
});

test.each([
  ['a flush', flush],
  ['a shutdown', shutdown],
])('%s waits for what was recorded before the SDK was initialised again', async (_, wait) => {
  const [first, second] = [new ObservedProject(redisUrl), new ObservedProject(redisUrl)];
  first.initialize();
  traced('one', () => 1)();
  second.initialize();
  await wait();
  expect(await first.events()).toHaveLength(3);
  first.close();
  second.close();
});

test('a shutdown takes no longer than it may, though one that was given more time runs already', async () => {
  const project = new ObservedProject('redis://127.0.0.1:9');
  project.initialize();
  traced('held', () => 1)();
  let isOver = false;
  const longer = shutdown(1_500).then(() => (isOver = true));
  await shutdown(20);
  expect(isOver).toBe(false);
  await longer;
});

test('initialising again and again while nothing is answered takes one set of listeners of the process', async () => {
  const silent = createServer((socket) => socket.resume().on('error', () => undefined));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  const project = new ObservedProject(
    `redis://127.0.0.1:${String(typeof address === 'object' ? address?.port : '')}`,
  );
  const events = ['beforeExit', 'exit', 'SIGTERM', 'SIGINT'];
  const counts = (): number[] => events.map((name) => process.listenerCount(name));
  const before = counts();
  for (let time = 0; time < 12; time += 1) {
    project.initialize();
    traced('held', () => 1)();
  }
  const after = counts();
  await shutdown(100);
  silent.close();
  expect(after).toEqual(before.map((count) => count + 1));
});

test.each([
  ['turned off', { enabled: false }],
  ['given a project id that is none', { projectId: 'x' }],
])('a running SDK that is %s traces nothing more and sends what it held', async (_, options) => {
  const project = new ObservedProject(redisUrl);
  project.initialize();
  traced('before', () => 1)();
  project.initialize(options);
  expect(traced('after', () => getCurrentTraceId())()).toBeUndefined();
  await waitUntil(async () => (await project.redis.xlen(project.streamName)) > 0);
  expect((await project.events()).map(({ name }) => name)).toEqual(['before', 'before', undefined]);
  project.close();
});

test('a wrong option is one warning, tracing off is silent, and neither ever throws', () => {
  initializeTracing({ projectId: 'x', redisUrl, logger: log });
  expect(log.lines).toEqual(['warn ⚠️ SwisperStudio: projectId is not a UUID. Tracing is off']);
  log.lines.length = 0;
  initializeTracing({ enabled: false, projectId: 'x', logger: log });
  expect(log.lines).toEqual([]);
  expect(traced('f', () => 5)()).toBe(5);
  const throwing = {
    info: () => {
      throw new Error('no');
    },
    warn: () => {
      throw new Error('no');
    },
    error: () => {
      throw new Error('no');
    },
  };
  expect(() => initializeTracing({ projectId: randomUUID(), redisUrl, logger: throwing })).not.toThrow();
});

describe('a flush', () => {
  test('waits for what was recorded before it, not for what keeps coming', async () => {
    const project = new ObservedProject(redisUrl);
    project.initialize();
    const call = traced('call', () => 'x'.repeat(1000));
    let isOver = false;
    const load = (async (): Promise<void> => {
      while (!isOver) {
        for (let i = 0; i < 20; i += 1) call();
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    await waitUntil(async () => (await project.redis.xlen(project.streamName)) > 0);
    expect(await flush(10_000)).toBe(true);
    isOver = true;
    await load;
    project.close();
  });

  test('may be given any time', async () => {
    const project = new ObservedProject(redisUrl);
    project.initialize();
    traced('call', () => 1)();
    expect(await flush(Infinity)).toBe(true);
    expect(await project.events()).toHaveLength(3);
    project.close();
  });
});

test('a trace that runs while the SDK is initialised anew has its end', async () => {
  const project = new ObservedProject(redisUrl);
  project.initialize();
  const released = Promise.withResolvers<void>();
  const call = traced('long', () => released.promise)();
  await flush(60_000);
  await shutdown(60_000);
  project.initialize();
  released.resolve();
  await call;
  await flush(60_000);
  const events = (await project.entries()).flatMap(({ events: list }) => list);
  expect(events.map(({ header }) => header['event_type'])).toEqual([
    'trace_start',
    'observation_start',
    'observation_end',
    'trace_end',
  ]);
  project.close();
});

test('names of fields take little, however many and long they are, and none of the protocol is left out for them', async () => {
  const project = new ObservedProject(redisUrl);
  project.initialize();
  const others = Array.from({ length: 10_000 }, (_, i) => [`${'k'.repeat(i % 200)}${String(i)}`, i] as const);
  const data = { ...Object.fromEntries(others), name: 'n', user_id: 'u', ['x'.repeat(10e6)]: 1 };
  publishEvent('trace_start', { traceId: 't', data: { ...data, meta: data, tags: data } });
  const longName = { name: 'n'.repeat(10e6), user_id: 'u'.repeat(300) };
  publishEvent('observation_start', { traceId: 't', observationId: 'o', data: longName });
  await flush(60_000);
  const [trace, observation] = await project.events();
  const { meta, tags, ...header } = trace ?? { meta: undefined, tags: undefined };
  expect(header).toMatchObject({ name: 'n', user_id: 'u', cuts: [{ kind: 'meta', path: '$' }] });
  expect(JSON.stringify(header).length).toBeLessThan(4096);
  expect(JSON.stringify(tags).length).toBeLessThanOrEqual(16 * 1024);
  expect(JSON.stringify(meta).length).toBeLessThanOrEqual(256 * 1024);
  expect([meta, tags]).toMatchObject([{ $cut: { path: '$' } }, { $cut: { path: '$' } }]);
  // One character more than the server keeps: it marks what it cuts.
  expect(observation).toMatchObject({ name: 'n'.repeat(501), user_id: 'u'.repeat(300) });
  project.close();
});

test('an id that is too long is refused and counted, not cut to that of something else', async () => {
  const project = new ObservedProject(redisUrl);
  project.initialize();
  const id = 'i'.repeat(201);
  publishEvent('trace_start', { traceId: id });
  publishEvent('observation_start', { traceId: 't', observationId: id });
  publishEvent('observation_start', {
    traceId: 't',
    observationId: 'o',
    data: { parent_observation_id: id },
  });
  publishEvent('trace_start', { traceId: id.slice(1) });
  await flush(60_000);
  expect((await project.entries()).at(-1)?.counters).toMatchObject({ accepted: 4, dropped: { invalid: 3 } });
  project.close();
});

test('an event that cannot be read is counted', async () => {
  const project = new ObservedProject(redisUrl);
  project.initialize();
  const data = Object.defineProperty({}, 'name', {
    enumerable: true,
    get: () => {
      throw new Error('do not look');
    },
  });
  publishEvent('trace_start', { traceId: 'unreadable', data });
  publishEvent('trace_start', { traceId: 'fine' });
  await flush(60_000);
  expect((await project.entries()).at(-1)?.counters).toMatchObject({ accepted: 2, dropped: { invalid: 1 } });
  project.close();
});
