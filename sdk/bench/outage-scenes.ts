import { randomBytes, randomUUID } from 'node:crypto';
import { createApiKey, decodeEntry, type ProducerCounters } from 'swisper-studio/contract';
import { Redis } from 'ioredis';
import { TcpProxy } from '../../server/test/faults/stage/tcp-proxy.ts';
import { HttpStudio } from '../test/http-studio.ts';
import { RedisProcess } from '../test/redis-process.ts';

/** Where the application sends to, what becomes of it, and what has arrived. */
export interface Scene {
  options: object;
  begin(): Promise<void>;
  end(): Promise<void>;
  /** Events with distinct numbers, and the last counters. */
  arrived(): Promise<{ events: number; counters: ProducerCounters | undefined }>;
  close(): Promise<void>;
}

type RedisFault = (place: { redis: RedisProcess; proxy: TcpProxy; admin: Redis }) => {
  begin: () => unknown;
  end: () => unknown;
};

const count = (entries: readonly { seq: number; n: number; counters: ProducerCounters }[]) => {
  const sorted = [...entries].sort((a, b) => a.seq - b.seq);
  const numbers = new Map(sorted.map(({ seq, n }) => [seq, n]));
  return { events: [...numbers.values()].reduce((sum, n) => sum + n, 0), counters: sorted.at(-1)?.counters };
};

async function overRedis(fault: RedisFault): Promise<Scene> {
  const redis = new RedisProcess();
  await redis.start();
  const proxy = await TcpProxy.open(Number(new URL(redis.url).port));
  const admin = new Redis(redis.url, { maxRetriesPerRequest: null });
  admin.on('error', () => undefined);
  const { begin, end } = fault({ redis, proxy, admin });
  const streamName = `bench:${randomUUID()}`;
  const { apiKey } = createApiKey(randomBytes);
  return {
    options: {
      redisUrl: `redis://127.0.0.1:${String(proxy.port)}`,
      streamName,
      projectId: randomUUID(),
      apiKey,
    },
    begin: async () => void (await begin()),
    end: async () => void (await end()),
    arrived: async () => {
      const raw = await admin.xrangeBuffer(streamName, '-', '+');
      return count(
        raw.flatMap(([, fields]) => {
          const map = new Map<string, Buffer>();
          for (let i = 0; i + 1 < fields.length; i += 2)
            map.set(String(fields[i]), fields[i + 1] ?? Buffer.alloc(0));
          const result = decodeEntry(map);
          return result.ok ? [result.entry] : [];
        }),
      );
    },
    close: async () => {
      admin.disconnect();
      await proxy.close();
      await redis.remove();
    },
  };
}

async function overHttp(
  begin: (studio: HttpStudio) => unknown,
  end: (studio: HttpStudio) => unknown,
): Promise<Scene> {
  const studio = new HttpStudio();
  await studio.start();
  const { apiKey } = createApiKey(randomBytes);
  return {
    options: { apiUrl: studio.url, apiKey, projectId: randomUUID() },
    begin: async () => void (await begin(studio)),
    end: async () => void (await end(studio)),
    arrived: () => Promise.resolve(count(studio.entries)),
    close: () => studio.stop(),
  };
}

const answering = (status: number, headers: Record<string, string> = {}): Promise<Scene> =>
  overHttp(
    (studio) => (studio.mood = { status, headers }),
    (studio) => (studio.mood = 'well'),
  );

/** By name. The controls of both ways come first: nothing happens in them. */
export const SCENES: Readonly<Record<string, () => Promise<Scene>>> = {
  'Redis, no outage': () => overRedis(() => ({ begin: () => undefined, end: () => undefined })),
  'Redis down': () => overRedis(({ redis }) => ({ begin: () => redis.stop(), end: () => redis.start() })),
  'Redis slow, 2 s': () =>
    overRedis(({ proxy }) => ({ begin: () => proxy.delay(1000), end: () => proxy.delay(0) })),
  'Redis hung': () =>
    overRedis(({ redis }) => ({
      begin: () => process.kill(redis.pid, 'SIGSTOP'),
      end: () => process.kill(redis.pid, 'SIGCONT'),
    })),
  'Redis out of memory': () =>
    overRedis(({ admin }) => ({
      begin: () => admin.config('SET', 'maxmemory', '1'),
      end: () => admin.config('SET', 'maxmemory', '0'),
    })),
  'HTTP, no outage': () =>
    overHttp(
      () => undefined,
      () => undefined,
    ),
  'HTTP 500': () => answering(500),
  'HTTP 429': () => answering(429, { 'retry-after': '1' }),
  'HTTP hang': () =>
    overHttp(
      (studio) => (studio.mood = 'hang'),
      (studio) => {
        studio.mood = 'well';
        studio.cut();
      },
    ),
  'HTTP refused': () =>
    overHttp(
      (studio) => studio.stop(),
      (studio) => studio.start(),
    ),
};
