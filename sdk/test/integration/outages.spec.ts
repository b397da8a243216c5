import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { TcpProxy } from '../../../server/test/faults/stage/tcp-proxy.ts';
import { createApiKey, type ProducerCounters } from '../../src/contract/index.ts';
import { flush, initializeTracing, publishEvent, shutdown } from '../../src/index.ts';
import { HttpStudio } from '../http-studio.ts';
import { KeptLog, ObservedProject, waitUntil } from '../observed-project.ts';
import { RedisProcess } from '../redis-process.ts';

const BUFFER_BYTES = 128 * 1024;
const PAYLOAD = 'x'.repeat(200);
const BEFORE = 20;
const DURING = 1000;
const AFTER = 20;

interface Arrived {
  seq: number;
  n: number;
  counters: ProducerCounters;
  /** What must be the same each time the entry comes. */
  events: unknown;
}

/** Where the SDK sends to, what can happen to it, and what has arrived there. */
interface Place {
  readonly log: readonly string[];
  initialize(): void;
  arrived(): Promise<Arrived[]>;
  close(): Promise<void>;
}

interface Outage {
  place: Place;
  isThereAtStart?: false;
  begin(): Promise<void> | void;
  /** Not before an attempt has failed. */
  end(): Promise<void> | void;
}

async function redisPlace(): Promise<{ place: Place; redis: RedisProcess; proxy: TcpProxy; admin: Redis }> {
  const redis = new RedisProcess();
  await redis.start();
  const proxy = await TcpProxy.open(Number(new URL(redis.url).port));
  const project = new ObservedProject(redis.url);
  const place: Place = {
    log: project.log.lines,
    initialize: () =>
      project.initialize({
        redisUrl: `redis://127.0.0.1:${String(proxy.port)}`,
        maxBufferBytes: BUFFER_BYTES,
      }),
    arrived: async () => {
      const entries = await project.entries();
      return entries.map(({ seq, n, counters, events }) => ({
        seq,
        n,
        counters,
        events: events.map(({ header, payloads }) => [header, payloads.map(({ bytes }) => String(bytes))]),
      }));
    },
    close: async () => {
      project.close();
      await proxy.close();
      await redis.remove();
    },
  };
  return { place, redis, proxy, admin: project.redis };
}

async function httpPlace(): Promise<{ place: Place; studio: HttpStudio }> {
  const studio = new HttpStudio();
  await studio.start();
  const log = new KeptLog();
  const place: Place = {
    log: log.lines,
    initialize: () =>
      initializeTracing({
        apiUrl: studio.url,
        apiKey: createApiKey(randomBytes).apiKey,
        projectId: randomUUID(),
        logger: log,
        maxBufferBytes: BUFFER_BYTES,
        verifyConnectivity: false,
        heartbeatIntervalSeconds: 0,
      }),
    arrived: () => Promise.resolve(studio.entries),
    close: () => studio.stop(),
  };
  return { place, studio };
}

const attempts = async (studio: HttpStudio, count: number): Promise<void> => {
  const before = studio.attempts.length;
  await waitUntil(() => studio.attempts.length >= before + count);
};
const answering =
  (status: number, headers: Record<string, string> = {}) =>
  async (): Promise<Outage> => {
    const { place, studio } = await httpPlace();
    return {
      place,
      begin: () => void (studio.mood = { status, headers }),
      end: async () => {
        await attempts(studio, 1);
        studio.mood = 'well';
      },
    };
  };

const outages: Record<string, () => Promise<Outage>> = {
  'Redis down at start': async () => {
    const { place, redis } = await redisPlace();
    return { place, isThereAtStart: false, begin: () => redis.stop(), end: () => redis.start() };
  },
  'Redis down in the middle': async () => {
    const { place, redis } = await redisPlace();
    return { place, begin: () => redis.stop(), end: () => redis.start() };
  },
  'Redis two seconds away': async () => {
    const { place, proxy } = await redisPlace();
    return { place, begin: () => proxy.delay(1000), end: () => flush(4000).then(() => proxy.delay(0)) };
  },
  'Redis hung': async () => {
    const { place, redis } = await redisPlace();
    return {
      place,
      begin: () => void process.kill(redis.pid, 'SIGSTOP'),
      end: () => flush(3500).then(() => void process.kill(redis.pid, 'SIGCONT')),
    };
  },
  'Redis out of memory': async () => {
    const { place, admin } = await redisPlace();
    return {
      place,
      begin: async () => void (await admin.config('SET', 'maxmemory', '1')),
      end: async () => void (await admin.config('SET', 'maxmemory', '0')),
    };
  },
  'HTTP answering 500': answering(500),
  'HTTP answering 429': answering(429, { 'retry-after': '1' }),
  'HTTP answering 503 without a body of the server': answering(503, { 'content-type': 'text/html' }),
  'HTTP hanging, then cut': async () => {
    const { place, studio } = await httpPlace();
    return {
      place,
      begin: () => void (studio.mood = 'hang'),
      end: async () => {
        await attempts(studio, 1);
        studio.mood = 'well';
        studio.cut();
      },
    };
  },
  'HTTP refused at start': async () => {
    const { place, studio } = await httpPlace();
    return { place, isThereAtStart: false, begin: () => studio.stop(), end: () => studio.start() };
  },
  'HTTP refused in the middle': async () => {
    const { place, studio } = await httpPlace();
    return { place, begin: () => studio.stop(), end: () => studio.start() };
  },
};

let recorded = 0;
/** Two events each, which become one where both are still in the buffer. */
async function record(observations: number): Promise<void> {
  for (let i = 0; i < observations; i += 1) {
    const [traceId, observationId] = ['trace', `o${String(recorded / 2)}`];
    publishEvent('observation_start', { traceId, observationId, data: { name: 'n', input: PAYLOAD } });
    publishEvent('observation_end', { traceId, observationId, data: { output: PAYLOAD } });
    recorded += 2;
    if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

function byNumber(entries: readonly Arrived[]): Arrived[] {
  const first = new Map<number, Arrived>();
  for (const entry of entries) {
    const { seq, n, events } = first.get(entry.seq) ?? entry;
    // Whatever comes twice comes unchanged: the same numbers, the same bytes.
    expect([entry.n, entry.events]).toEqual([n, events]);
    first.set(seq, first.get(seq) ?? entry);
  }
  return [...first.values()].sort((a, b) => a.seq - b.seq);
}

const strays: unknown[] = [];
const onStray = (reason: unknown): void => void strays.push(reason);
let outage: Outage | undefined;
beforeEach(() => {
  recorded = 0;
  strays.length = 0;
  process.on('unhandledRejection', onStray);
  process.on('uncaughtException', onStray);
});
afterEach(async () => {
  await shutdown(200);
  await outage?.place.close();
  process.off('unhandledRejection', onStray);
  process.off('uncaughtException', onStray);
});

describe('every event is accounted for, and all that was kept arrives, with', () => {
  test.each(Object.keys(outages))('%s', async (name) => {
    outage = await outages[name]?.();
    if (outage === undefined) throw new Error('no such outage');
    const { place, begin, end, isThereAtStart } = outage;
    if (isThereAtStart === false) await begin();
    place.initialize();
    await record(BEFORE);
    if (isThereAtStart !== false) {
      await waitUntil(() => flush(1000));
      await begin();
    }
    await record(DURING);
    expect(await flush(200)).toBe(false);
    await end();
    await waitUntil(() => flush(5000));
    await record(AFTER);
    await waitUntil(() => flush(5000));

    const entries = byNumber(await place.arrived());
    let next = 1;
    for (const { seq, n } of entries) {
      expect(seq).toBe(next);
      next += n;
    }
    const { accepted, merged, dropped } = entries.at(-1)?.counters ?? { accepted: 0, merged: 0, dropped: {} };
    const drops = Object.values(dropped).reduce((sum: number, count = 0) => sum + count, 0);
    expect(accepted).toBe(recorded);
    expect(next - 1 + merged + drops).toBe(accepted);
    expect(drops).toBeGreaterThan(0);
    // What was kept is what there was room for.
    const bytes = JSON.stringify(entries.map(({ events }) => events)).length;
    expect(bytes).toBeLessThan(2 * BUFFER_BYTES + (BEFORE + AFTER) * 2 * 1000);
    expect(strays).toEqual([]);
    expect(place.log.filter((line) => line.startsWith('warn')).length).toBeLessThanOrEqual(1);
  });
});
