import { Redis } from 'ioredis';
import {
  deriveSigningKey,
  type EncodableEvent,
  type EntrySigner,
  parseApiKey,
} from 'swisper-studio/contract';
import { ApiClient, createProject } from '../test/harness/api-client.ts';
import { type ServerProcess, startServer } from '../test/harness/server-process.ts';
import type { BenchServices } from './bench-services.ts';
import { cpuMsOf } from './process-cpu.ts';
import { payloadText, SAMPLE, sampleEntry, traceEvents } from './sample-events.ts';

/** Made once: making them would cost the producer more than the real one's serialising. */
const PAYLOADS = Array.from({ length: 256 }, () => payloadText(SAMPLE.payloadBytes));

/** The built server as a process of its own, a project, and a producer's connection to the stream. */
export interface BenchStudio {
  readonly server: ServerProcess;
  readonly redis: Redis;
  readonly projectId: string;
  /** Puts the next so many events on the stream as one signed entry. @returns its id */
  publish(events: number): Promise<string>;
  /** CPU time of the server's process so far, ms. */
  serverCpuMs(): number;
  /** Stops the server's process for as long as the work takes; then it goes on, as warm as it was. */
  whileStopped(work: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

/** @param databaseUrl a migrated database */
export async function startStudio(services: BenchServices, databaseUrl: string): Promise<BenchStudio> {
  const streamName = 'observability:events';
  const redis = new Redis(services.redisUrl);
  await redis.flushall();
  const environment = {
    DATABASE_URL: databaseUrl,
    OBSERVABILITY_REDIS_URL: services.redisUrl,
    OBSERVABILITY_STREAM_NAME: streamName,
  };
  const server = await startServer({ environment });
  const { id, apiKey } = await createProject(await ApiClient.signedIn(server.url), 'Bench');
  const keyId = parseApiKey(apiKey)?.keyId ?? '';
  const publish = publisher(redis, id, { keyId, streamName, signingKey: deriveSigningKey(apiKey) });
  return {
    server,
    redis,
    projectId: id,
    publish,
    serverCpuMs: () => cpuMsOf(server.process.pid ?? 0),
    whileStopped: async (work) => {
      server.process.kill('SIGSTOP');
      await work().finally(() => server.process.kill('SIGCONT'));
    },
    stop: async () => {
      redis.disconnect();
      await server.stop();
    },
  };
}

function publisher(redis: Redis, projectId: string, signer: EntrySigner): BenchStudio['publish'] {
  const events = liveEvents();
  let seq = 1;
  return async (count) => {
    const batch = Array.from({ length: count }, () => events.next().value);
    const fields = sampleEntry(projectId, batch, seq, signer);
    seq += count;
    return String(await redis.xadd(signer.streamName, '*', ...fields));
  };
}

/** Traces that happen now, with payloads out of a few. */
function* liveEvents(): Generator<EncodableEvent, never> {
  let payload = 0;
  for (let trace = 0; ; trace++) {
    for (const event of traceEvents({ ...SAMPLE, payloadBytes: 0 }, Date.now(), trace)) {
      const payloads = event.payloads.map(
        ([kind]) => [kind, PAYLOADS[payload++ % PAYLOADS.length] ?? '{}'] as const,
      );
      yield { ...event, payloads };
    }
  }
}
