import { Redis } from 'ioredis';
import {
  CONSUMER_GROUP,
  deriveSigningKey,
  encodeHeartbeat,
  type EntrySigner,
  heartbeatStreamKey,
  parseApiKey,
  type SentHeartbeat,
} from 'swisper-studio/contract';
import { HeartbeatLoop } from '../../src/stream-consumer/heartbeats/heartbeat-loop.ts';
import { HeartbeatReader } from '../../src/stream-consumer/heartbeats/heartbeat-reader.ts';
import { REDIS } from '../../src/redis/redis.module.ts';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { sharedRedisUrl, uniqueStream } from '../harness/services.ts';
import { type AppInProcess, startInProcess } from './app-in-process.ts';

/** When the observed process started, in every beat the same. */
export const STARTED_AT = new Date(Date.now() - 60_000).toISOString();

/** A server whose reader of heartbeats the test turns, and what an observed process puts on the stream. */
export class HeartbeatRig {
  readonly streamName: string;
  readonly stream: string;
  readonly redis = new Redis(sharedRedisUrl());
  readonly studio: AppInProcess;
  readonly person: ApiClient;
  readonly loop: HeartbeatLoop;
  program: ApiClient;
  project = { id: '', apiKey: '' };

  private constructor(studio: AppInProcess, person: ApiClient, streamName: string) {
    this.studio = studio;
    this.person = person;
    this.program = person;
    this.streamName = streamName;
    this.stream = heartbeatStreamKey(streamName);
    this.loop = studio.app.get(HeartbeatLoop, { strict: false });
  }

  static async start(): Promise<HeartbeatRig> {
    const streamName = uniqueStream();
    const studio = await startInProcess({ OBSERVABILITY_STREAM_NAME: streamName });
    return new HeartbeatRig(studio, await ApiClient.signedIn(studio.url), streamName);
  }

  async newProject(): Promise<void> {
    this.project = await createProject(this.person);
    this.program = ApiClient.withKey(this.studio.url, this.project.apiKey);
  }

  signerOf(apiKey = this.project.apiKey): EntrySigner {
    const { streamName } = this;
    return { keyId: parseApiKey(apiKey)?.keyId ?? '', streamName, signingKey: deriveSigningKey(apiKey) };
  }

  beat(change: Partial<SentHeartbeat> = {}): SentHeartbeat {
    return {
      project_id: this.project.id,
      instance_id: 'one',
      status: 'connected',
      timestamp: new Date().toISOString(),
      started_at: STARTED_AT,
      beat_no: 1,
      ...change,
    };
  }

  signed(change: Partial<SentHeartbeat> = {}, apiKey = this.project.apiKey): string[] {
    return encodeHeartbeat(this.beat(change), this.signerOf(apiKey));
  }

  unsigned(change: Partial<SentHeartbeat> = {}): string[] {
    return encodeHeartbeat(this.beat(change));
  }

  put(fields: readonly string[], id = '*'): Promise<string | null> {
    return this.redis.xadd(this.stream, id, ...fields);
  }

  /** Until nothing waits. */
  async read(): Promise<void> {
    while (await this.loop.turn());
  }

  reader(): HeartbeatReader {
    const names = { streamName: this.streamName, groupName: CONSUMER_GROUP };
    return new HeartbeatReader(this.studio.app.get(REDIS, { strict: false }), names);
  }

  /** Entries that were read and not acknowledged. */
  async pending(): Promise<unknown> {
    return (await this.redis.xpending(this.stream, CONSUMER_GROUP))[0];
  }

  /** Of the project. */
  async status(): Promise<Record<string, unknown>> {
    const answer = await this.program.get('/projects/connection-status');
    return (answer.body as Record<string, unknown>[])[0] ?? {};
  }

  async close(): Promise<void> {
    await this.studio.close();
    this.redis.disconnect();
  }
}
