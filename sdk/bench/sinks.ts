import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { decodeEntry, deriveSigningKey, verifyFields } from 'swisper-studio/contract';
import { startRedis } from '../../server/tools/embedded-redis.ts';

const PAGE = 200;

export interface Sinks {
  readonly sinkUrl: string;
  readonly redisUrl: string;
  readonly redisVersion: string;
  /** Finished spans that came over HTTP since the last time. */
  countHttp(): Promise<number>;
  /** Finished spans on a stream, all of whose entries must be signed with the key; removes the stream. */
  countStream(streamName: string, apiKey: string): Promise<number>;
  stop(): Promise<void>;
}

/** A redis-server and a process that takes HTTP, both outside of what is measured. */
export async function startSinks(): Promise<Sinks> {
  const folder = mkdtempSync(join(tmpdir(), 'swisper-sdk-bench-'));
  const server = await startRedis({ dataDir: join(folder, 'data'), logFile: join(folder, 'redis.log') });
  const redis = new Redis(server.url);
  const sink = fork(new URL('./span-sink.ts', import.meta.url));
  const port = await numberFrom(sink, 'port');
  return {
    sinkUrl: `http://127.0.0.1:${String(port)}`,
    redisUrl: server.url,
    redisVersion: /^redis_version:(\S+)/m.exec(await redis.info('server'))?.[1] ?? 'unknown',
    countHttp: () => {
      sink.send('count');
      return numberFrom(sink, 'spans');
    },
    countStream: (streamName, apiKey) => countStream(redis, streamName, deriveSigningKey(apiKey)),
    stop: async () => {
      sink.disconnect();
      redis.disconnect();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function numberFrom(sink: ChildProcess, field: string): Promise<number> {
  const messages: unknown[] = await once(sink, 'message');
  return Number(Reflect.get(Object(messages[0]), field));
}

async function countStream(redis: Redis, streamName: string, signingKey: Buffer): Promise<number> {
  const ended = new Set<unknown>();
  let from = '-';
  for (;;) {
    const page = await redis.xrangeBuffer(streamName, from, '+', 'COUNT', PAGE);
    for (const [, fields] of page) {
      const entry = fieldMap(fields);
      if (!verifyFields(streamName, entry, signingKey)) throw new Error('an entry is not signed');
      for (const id of endedIn(entry)) ended.add(id);
    }
    const last = page.at(-1)?.[0];
    if (last === undefined || page.length < PAGE) break;
    from = `(${last.toString()}`;
  }
  await redis.del(streamName);
  return ended.size;
}

function fieldMap(fields: readonly Buffer[]): Map<string, Buffer> {
  const map = new Map<string, Buffer>();
  for (let i = 0; i + 1 < fields.length; i += 2) map.set(String(fields[i]), fields[i + 1] ?? Buffer.alloc(0));
  return map;
}

function endedIn(fields: ReadonlyMap<string, Buffer>): unknown[] {
  const result = decodeEntry(fields);
  if (!result.ok) throw new Error(result.detail);
  return result.entry.events
    .filter(({ header }) => ['observation', 'observation_end'].includes(String(header['event_type'])))
    .map(({ header }) => header['observation_id']);
}
