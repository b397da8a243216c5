import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from '../../../tools/free-port.ts';
import { eventually } from '../../harness/eventually.ts';
import { onServer } from '../../harness/template-database.ts';
import { type Accounts, checkAccounts } from '../oracle/accounts.ts';
import { Checker } from '../oracle/checker.ts';
import { Expectation } from '../oracle/expectation.ts';
import type { Findings } from '../oracle/findings.ts';
import { type ProducerProcess, startProducer } from '../oracle/producer-process.ts';
import type { FaultStage } from './fault-stage.ts';
import { Replica } from './replica.ts';
import { TcpProxy } from './tcp-proxy.ts';
import { serverEnvironment } from './server-environment.ts';
import { type StreamCounts, streamCounts } from './stream-counts.ts';

export interface SceneOptions {
  /** Events reach Redis and rows PostgreSQL over proxies that can be made bad. */
  readonly isProxied?: boolean;
}

interface SceneParts extends SceneOptions {
  readonly stage: FaultStage;
  readonly folder: string;
  readonly databaseUrl: string;
}

/** How much, how fast and how the producers of a scene send. */
export interface Production {
  /** In total, over all producers. */
  readonly events: number;
  readonly producers?: number;
  /** In total; absent: as fast as they can. */
  readonly eventsPerSecond?: number;
  /** Default: {@link EVENTS_PER_ENTRY}. */
  readonly eventsPerEntry?: number;
  readonly payloadBytes?: number;
  readonly maxWaitingEntries?: number;
  readonly maxLength?: number;
  /** Default: every 50th entry is sent twice. */
  readonly resendEvery?: number;
}

export const EVENTS_PER_ENTRY = 50;

/** One play of the whole system: producers outside, replicas of the server, and a checker that trusts neither. */
export class Scene {
  readonly stage: FaultStage;
  readonly streamName: string;
  readonly databaseUrl: string;
  readonly folder: string;
  readonly replicas: Replica[] = [];
  readonly producers: ProducerProcess[] = [];
  readonly redis: Redis;
  readonly proxies: { redis: TcpProxy; postgres: TcpProxy } | null;
  private readonly environment: Readonly<Record<string, string>>;

  private constructor(parts: SceneParts, proxies: { redis: TcpProxy; postgres: TcpProxy } | null) {
    this.stage = parts.stage;
    this.folder = parts.folder;
    this.databaseUrl = parts.databaseUrl;
    this.streamName = `observability:events:${parts.folder.split('-').at(-1) ?? ''}-${String(Date.now())}`;
    this.proxies = proxies;
    this.redis = new Redis(parts.stage.redis.port, '127.0.0.1', {
      maxRetriesPerRequest: null,
      retryStrategy: () => 50,
    });
    this.redis.on('error', () => undefined);
    this.environment = this.environmentOver(proxies);
  }

  static async set(parts: SceneParts): Promise<Scene> {
    const { redis, postgres } = parts.stage;
    const isProxied = parts.isProxied === true;
    const proxies = isProxied
      ? { redis: await TcpProxy.open(redis.port), postgres: await TcpProxy.open(postgres.port) }
      : null;
    return new Scene(parts, proxies);
  }

  get projectId(): string {
    return this.stage.project.id;
  }

  /** Starts a server that consumes; it is starting when this returns. */
  async startReplica(
    name: string,
    options: { preloads?: readonly string[]; environment?: Record<string, string> } = {},
  ): Promise<Replica> {
    const { preloads = [], environment = {} } = options;
    const replica = Replica.start({
      name,
      folder: this.folder,
      port: await freePort(),
      environment: { ...this.environment, ...environment },
      preloads,
    });
    this.replicas.push(replica);
    return replica;
  }

  /** Starts producers; they are sending when this returns. */
  startProducers(production: Production): void {
    const { events, producers = 2, eventsPerSecond, eventsPerEntry = EVENTS_PER_ENTRY } = production;
    for (let index = 0; index < producers; index++) {
      const producer = this.producers.length;
      const instanceId = `producer-${String(producer)}`;
      const order = {
        plan: {
          producer,
          events: Math.ceil(events / producers / eventsPerEntry) * eventsPerEntry,
          payloadBytes: production.payloadBytes ?? 200,
          baseMs: Date.now(),
        },
        redisUrl: `redis://127.0.0.1:${String(this.stage.redis.port)}`,
        streamName: this.streamName,
        projectId: this.stage.project.id,
        apiKey: this.stage.project.apiKey,
        instanceId,
        eventsPerEntry,
        eventsPerSecond: eventsPerSecond === undefined ? null : eventsPerSecond / producers,
        resendEvery: production.resendEvery ?? 50,
        maxWaitingEntries: production.maxWaitingEntries ?? 4_000,
        maxLength: production.maxLength ?? null,
        quotaFile: this.quotaFile,
        acknowledgedFile: join(this.folder, `${instanceId}.acknowledged`),
      };
      this.producers.push(startProducer(order, join(this.folder, `${instanceId}.log`)));
    }
  }

  /** Lets each producer send events up to this number, and then wait until it is raised. Not called: no limit. */
  limitTo(eventsPerProducer: number): void {
    writeFileSync(this.quotaFile, String(eventsPerProducer));
  }

  /** Events Redis acknowledged so far. */
  acknowledged(): number {
    return this.producers.reduce((sum, producer) => sum + producer.acknowledged(), 0);
  }

  /** Resolves when they have sent everything. */
  async producersEnded(timeoutMs = 900_000): Promise<void> {
    const giveUp = sleep(timeoutMs, undefined, { ref: false }).then(() => {
      throw new Error(`The producers have not sent everything within ${String(timeoutMs)} ms`);
    });
    await Promise.race([Promise.all(this.producers.map(({ ended }) => ended)), giveUp]);
  }

  async stopProducers(): Promise<void> {
    await Promise.all(this.producers.map((producer) => producer.stop()));
  }

  counts(): Promise<StreamCounts> {
    return streamCounts(this.redis, this.streamName);
  }

  /**
   * Resolves when the consumers have done what they will ever do: everything was handed out, those named `ignored` aside
   * nobody has anything in hand, and nothing changed for a while. Says nothing of roll-ups.
   */
  async atStandstill({ ignored = [] as readonly string[], quietMs = 5_000 }): Promise<void> {
    let last = '';
    let sinceMs = performance.now();
    const isQuiet = async (): Promise<boolean> => {
      const { waiting, acked, pending, isAllDelivered } = await this.counts();
      const inHand = [...pending]
        .filter(([name]) => !ignored.includes(name))
        .reduce((sum, [, n]) => sum + n, 0);
      const now = JSON.stringify([waiting, acked, inHand]);
      if (now !== last || inHand > 0 || !isAllDelivered) sinceMs = performance.now();
      last = now;
      return performance.now() - sinceMs >= quietMs;
    };
    await eventually(isQuiet, Boolean, 600_000);
  }

  /** Resolves when nothing waits on the stream and every trace is added up. */
  async atRest(timeoutMs = 600_000): Promise<void> {
    await eventually(
      () => this.redis.xlen(this.streamName),
      (length) => length === 0,
      timeoutMs,
    );
    await this.addedUp(timeoutMs);
  }

  /** Resolves when every trace is added up. */
  async addedUp(timeoutMs = 600_000): Promise<void> {
    const marks = (): Promise<number> =>
      this.onDatabase(
        async (client) => (await client.query('SELECT FROM trace_rollup_marks LIMIT 1')).rowCount ?? 0,
      );
    await eventually(marks, (left) => left === 0, timeoutMs);
  }

  expectations(): Expectation[] {
    return this.producers.map(
      ({ plan, instanceId, acknowledgedFile }) => new Expectation(plan, instanceId, acknowledgedFile),
    );
  }

  /** What became of what was promised. The system must be at rest. */
  check(): Promise<Findings> {
    return this.onDatabase((client) => Checker.check(client, this.projectId, this.expectations()));
  }

  /** What the server says of it. The system must be at rest. */
  async accounts(lostEvents: number): Promise<Accounts> {
    const facts = { projectId: this.projectId, expectations: this.expectations(), lostEvents };
    const counts = await this.counts();
    return this.onDatabase((client) => checkAccounts(client, { ...facts, counts }));
  }

  onDatabase: <T>(run: Parameters<typeof onServer<T>>[1]) => Promise<T> = (run) =>
    onServer(this.databaseUrl, run);

  async end(): Promise<void> {
    await Promise.all(this.producers.map((producer) => producer.stop().catch(() => undefined)));
    await Promise.all(this.replicas.map((replica) => replica.end()));
    await this.redis.del(this.streamName).catch(() => undefined);
    this.redis.disconnect();
    await this.proxies?.redis.close();
    await this.proxies?.postgres.close();
  }

  private get quotaFile(): string {
    return join(this.folder, 'quota');
  }

  private environmentOver(proxies: { redis: TcpProxy; postgres: TcpProxy } | null): Record<string, string> {
    const database = new URL(this.databaseUrl);
    if (proxies !== null) database.port = String(proxies.postgres.port);
    const redisPort = proxies?.redis.port ?? this.stage.redis.port;
    return serverEnvironment({ databaseUrl: database.toString(), redisPort, streamName: this.streamName });
  }
}
