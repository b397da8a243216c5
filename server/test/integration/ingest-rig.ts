import { randomBytes, randomUUID } from 'node:crypto';
import { createApiKey, deriveSigningKey, type EncodableEvent, encodeEntry } from 'swisper-studio/contract';
import { Redis } from 'ioredis';
import { DataSource } from 'typeorm';
import { BoundedClient } from '../../src/database/bounded-client.ts';
import { readSettings, type Settings } from '../../src/config/settings.ts';
import { type Clock, systemClock } from '../../src/kernel/clock.ts';
import { ApiKey, Project, ProjectDirectory } from '../../src/projects/index.ts';
import { openRedis, type RedisConnection } from '../../src/redis/redis-connection.ts';
import { EventAccount } from '../../src/stream-consumer/accounting/event-account.ts';
import { SwitchEnforcement } from '../../src/tracing-config/index.ts';
import { RedisTime } from '../../src/tracing-config/redis-time.ts';
import { SwitchHistories } from '../../src/tracing-config/switch-histories.ts';
import { BatchWriter } from '../../src/stream-consumer/storing/batch-writer.ts';
import { Breaker } from '../../src/stream-consumer/storing/breaker.ts';
import { RefusalLog } from '../../src/stream-consumer/storing/refusal-log.ts';
import { EntryPreparer } from '../../src/stream-consumer/storing/entry-preparer.ts';
import { EntryStore } from '../../src/stream-consumer/storing/entry-store.ts';
import { IsolationMarks } from '../../src/stream-consumer/storing/isolation-marks.ts';
import { ConsumerLoop } from '../../src/stream-consumer/consumer-loop.ts';
import { DeadLetterStore } from '../../src/stream-consumer/refused/dead-letter-store.ts';
import { DeadLetter } from '../../src/stream-consumer/refused/dead-letter.entity.ts';
import { EntryAdmission } from '../../src/stream-consumer/storing/entry-admission.ts';
import { EntryProcessor } from '../../src/stream-consumer/storing/entry-processor.ts';
import { RedisStreamReader } from '../../src/stream-consumer/reading/redis-stream-reader.ts';
import { TraceRollup } from '../../src/traces/index.ts';
import { ServerKey } from '../../src/traces/server-key.entity.ts';
import { ServerSigningKey } from '../../src/traces/ingest/server-signing-key.ts';
import { TraceWriter } from '../../src/traces/merging/trace-writer.ts';
import { onServer } from '../harness/template-database.ts';
import { createDatabase, sharedRedisUrl, uniqueStream } from '../harness/services.ts';

const GROUP = 'swisper_studio_consumers';
const BATCH = { events: 2_000, bytes: 16 * 1024 * 1024 };
const nobodyGone = { findGone: () => Promise.resolve(new Set<string>()) };
const silent = { log: () => undefined, warn: () => undefined, error: () => undefined };

export type Row = Record<string, unknown>;
type XaddArgument = string | Buffer;

/** A project with a key, as the console makes them. */
export interface RigProject {
  id: string;
  keyId: string;
  apiKey: string;
}

export function settingsFor(databaseUrl: string, redisUrl: string): Settings {
  const result = readSettings({ DATABASE_URL: databaseUrl, OBSERVABILITY_REDIS_URL: redisUrl });
  if (!result.ok) throw new Error(result.problems.join('; '));
  return result.settings;
}

async function openDatabase(url: string): Promise<DataSource> {
  const entities = [Project, ApiKey, DeadLetter, ServerKey];
  return new DataSource({
    type: 'postgres',
    url,
    entities,
    extra: { Client: BoundedClient, options: '-c TimeZone=UTC' },
  }).initialize();
}

function patientRedis(url: string): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  return redis;
}

async function ready(connection: RedisConnection): Promise<RedisConnection> {
  if (connection.status !== 'ready') await new Promise((resolve) => connection.once('ready', resolve));
  return connection;
}

/** The ingest path on a database and a stream of its own, without Nest. */
export class IngestRig {
  readonly stream = uniqueStream();
  readonly dataSource: DataSource;
  readonly redis: RedisConnection;
  readonly writer = new TraceWriter();
  readonly rollup: TraceRollup;
  readonly serverKey: ServerSigningKey;
  private readonly blocking: RedisConnection;
  /** The test's own, which waits while Redis is away; the server's fails at once. */
  private readonly patient: Redis;
  private readonly directory: ProjectDirectory;
  private readonly databaseUrl: string;
  private readonly drop: () => Promise<void>;
  private readonly stop = new AbortController();
  private loop: ConsumerLoop | null = null;
  private running: Promise<void> | null = null;
  private nextSeq = 1;

  private constructor(parts: {
    dataSource: DataSource;
    redis: RedisConnection;
    blocking: RedisConnection;
    patient: Redis;
    settings: Settings;
    clock: Clock;
    databaseUrl: string;
    drop: () => Promise<void>;
  }) {
    this.databaseUrl = parts.databaseUrl;
    this.dataSource = parts.dataSource;
    this.redis = parts.redis;
    this.blocking = parts.blocking;
    this.patient = parts.patient;
    this.drop = parts.drop;
    this.directory = new ProjectDirectory(parts.dataSource, systemClock, parts.settings);
    this.serverKey = new ServerSigningKey(parts.dataSource);
    this.rollup = new TraceRollup(parts.dataSource, nobodyGone, parts.clock);
  }

  static async start(options: { clock?: Clock; redisUrl?: string } = {}): Promise<IngestRig> {
    const database = await createDatabase();
    const redisUrl = options.redisUrl ?? sharedRedisUrl();
    return new IngestRig({
      dataSource: await openDatabase(database.url),
      redis: await ready(openRedis(redisUrl, 'bulk')),
      blocking: await ready(openRedis(redisUrl, 'blocking')),
      patient: patientRedis(redisUrl),
      settings: settingsFor(database.url, redisUrl),
      clock: options.clock ?? systemClock,
      databaseUrl: database.url,
      drop: () => database.drop(),
    });
  }

  async createProject(): Promise<RigProject> {
    const id = randomUUID();
    const { apiKey, keyId } = createApiKey((size) => randomBytes(size));
    await this.dataSource.getRepository(Project).insert({ id, name: 'test' });
    await this.dataSource.getRepository(ApiKey).insert({
      id: randomUUID(),
      projectId: id,
      keyId,
      name: 'test',
      prefix: `sws_${keyId}`,
      secretHash: Buffer.alloc(32),
      signingKey: deriveSigningKey(apiKey),
      scopes: ['ingest'],
    });
    return { id, keyId, apiKey };
  }

  /** The stream as a consumer of that name sees it. */
  openReader(consumer: string): RedisStreamReader {
    return new RedisStreamReader(this.redis, this.blocking, { stream: this.stream, group: GROUP, consumer });
  }

  /** Starts the consumer. */
  consume(): void {
    const reader = this.openReader('rig');
    const admission = new EntryAdmission(this.directory, this.serverKey, this.stream);
    const writer = new BatchWriter({
      dataSource: this.dataSource,
      traceWriter: this.writer,
      deadLetters: new DeadLetterStore(systemClock),
      signatures: this.directory,
      account: new EventAccount(systemClock),
      gate: new SwitchEnforcement(
        new SwitchHistories(this.dataSource, new RedisTime(this.redis, systemClock)),
        systemClock,
      ),
      breaker: new Breaker(systemClock),
    });
    const listener = { committed: () => undefined, failed: () => undefined };
    const marks = new IsolationMarks(this.dataSource, systemClock, this.stream);
    const preparer = new EntryPreparer(admission);
    const clock = systemClock;
    const store = new EntryStore({
      preparer,
      writer,
      marks,
      listener,
      refusals: new RefusalLog(silent, clock),
    });
    const processor = new EntryProcessor({ reader, store, listener, clock, log: silent }, BATCH);
    this.loop = new ConsumerLoop({ reader, processor, clock, log: silent });
    this.running = this.loop.run(this.stop.signal);
  }

  /** Why the consumer stores nothing at the moment; null when nothing is wrong. */
  get failure(): string | null {
    return this.loop?.failure ?? null;
  }

  /** Makes the consumer ask the database about the project again. */
  forget(projectId: string): void {
    this.directory.evict(projectId);
  }

  /** Puts one entry on the stream. @returns its id */
  async add(fields: readonly XaddArgument[]): Promise<string> {
    return String(await this.patient.xadd(this.stream, '*', ...fields));
  }

  /** A batch entry; signed when the project has a key to give. */
  async addBatch(
    projectId: string,
    events: readonly EncodableEvent[],
    options: { seq?: number; signer?: RigProject; sentAt?: Date; instance?: string } = {},
  ): Promise<string> {
    const { seq = this.nextSeq, signer, sentAt = new Date(), instance = 'instance-1' } = options;
    this.nextSeq = Math.max(this.nextSeq, seq + events.length);
    const counters = { accepted: events.length, merged: 0, dropped: {}, config_version: 0 };
    const entry = { projectId, instanceId: instance, seq, counters, sentAt, events };
    const signWith = signer && {
      keyId: signer.keyId,
      streamName: this.stream,
      signingKey: deriveSigningKey(signer.apiKey),
    };
    return this.add(encodeEntry(entry, signWith));
  }

  /** Waits until everything on the stream is stored, acknowledged and removed. */
  async drained(timeoutMs = 300_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while ((await this.patient.xlen(this.stream)) > 0) {
      if (Date.now() > deadline)
        throw new Error(`${String(await this.patient.xlen(this.stream))} entries are left`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async rollUp(): Promise<void> {
    while ((await this.rollup.step()) > 0);
  }

  async query(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return this.dataSource.query<Row[]>(sql, parameters);
  }

  /** A connection to the rig's database that is not of its pool. */
  onOwnConnection<T>(run: Parameters<typeof onServer<T>>[1]): Promise<T> {
    return onServer(this.databaseUrl, run);
  }

  async deadLetters(): Promise<Row[]> {
    return this.query(
      `SELECT project_id, event_index, reason, raw_bytes FROM dead_letters ORDER BY entry_id, event_index`,
    );
  }

  /** Ends the consumer as SIGTERM does. */
  async stopConsuming(): Promise<void> {
    this.stop.abort();
    await this.running;
  }

  async close(): Promise<void> {
    await this.stopConsuming();
    this.redis.disconnect();
    this.blocking.disconnect();
    this.patient.disconnect();
    await this.dataSource.destroy();
    await this.drop();
  }
}
