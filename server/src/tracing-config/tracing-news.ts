import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import { TRACING_CHANGES_CHANNEL } from 'swisper-studio/contract';
import { SETTINGS } from '../config/settings.module.ts';
import { type Settings } from '../config/settings.ts';
import { Project } from '../projects/index.ts';
import { type RedisConnection } from '../redis/redis-connection.ts';
import { RedisConnections } from '../redis/redis.module.ts';

/** Questions held open at the same time; more are told at once that there is nothing new, and come again. */
const MAX_WAITING = 20_000;
/** So that no project's keys hold the questions of all others up. */
const MAX_WAITING_PER_PROJECT = 2_000;
/** While Redis cannot tell of changes, the database is asked. */
const LOOK_MS = 1_000;

interface Waiter {
  readonly version: number;
  readonly settle: (isNews: boolean) => void;
}

/** A question held open: whether there may be something newer than its version. Always settles. */
export interface HeldQuestion {
  readonly isNews: Promise<boolean>;
  /** No longer asked. */
  cancel(): void;
}

/**
 * Tells waiting requests when the switch of their project was turned, whichever replica turned it: Redis carries the
 * word. While it does not, the database is asked every second, in one query for all that wait.
 */
@Injectable()
export class TracingNews implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger('TracingNews');
  private readonly waiting = new Map<string, Set<Waiter>>();
  private readonly connections: RedisConnections;
  private readonly dataSource: DataSource;
  private readonly settings: Settings;
  private subscriber: RedisConnection | undefined;
  private isSubscribed = false;
  private isLooking = false;
  /** Something may have been turned that nobody heard of. */
  private mayHaveMissed = false;
  private isClosed = false;
  private count = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(connections: RedisConnections, dataSource: DataSource, @Inject(SETTINGS) settings: Settings) {
    this.connections = connections;
    this.dataSource = dataSource;
    this.settings = settings;
  }

  /** Questions held open now. */
  get held(): number {
    return this.count;
  }

  onApplicationBootstrap(): void {
    if (!this.settings.roles.includes('api')) return;
    this.subscriber = this.connections.createRedis('subscriber');
    this.subscriber.on('message', (_channel: string, message: string) => this.hear(message));
    this.subscriber.on('ready', () => void this.subscribe());
    this.subscriber.on('close', () => (this.isSubscribed = false));
    this.timer = setInterval(() => {
      if (!this.isSubscribed || this.mayHaveMissed) void this.look();
    }, LOOK_MS);
  }

  /** Lets everybody go, so that nobody holds the server's end up. */
  beforeApplicationShutdown(): void {
    this.isClosed = true;
    clearInterval(this.timer);
    for (const waiters of [...this.waiting.values()]) for (const { settle } of [...waiters]) settle(false);
    this.subscriber?.disconnect();
  }

  /**
   * To be called before looking whether there is something newer now, so that no change falls between.
   * @param version the one that is known
   */
  hold(projectId: string, version: number, waitMs: number): HeldQuestion {
    const { promise: isNews, resolve } = Promise.withResolvers<boolean>();
    if (this.isClosed || this.isTooMuch(projectId)) {
      resolve(false);
      return { isNews, cancel: () => undefined };
    }
    const timer = setTimeout(() => waiter.settle(false), waitMs);
    const waiter: Waiter = {
      version,
      settle: (found) => {
        clearTimeout(timer);
        this.remove(projectId, waiter);
        resolve(found);
      },
    };
    this.add(projectId, waiter);
    return { isNews, cancel: () => waiter.settle(false) };
  }

  private isTooMuch(projectId: string): boolean {
    const own = this.waiting.get(projectId)?.size ?? 0;
    return this.count >= MAX_WAITING || own >= MAX_WAITING_PER_PROJECT;
  }

  private add(projectId: string, waiter: Waiter): void {
    const waiters = this.waiting.get(projectId) ?? new Set();
    this.waiting.set(projectId, waiters.add(waiter));
    this.count += 1;
  }

  private remove(projectId: string, waiter: Waiter): void {
    const waiters = this.waiting.get(projectId);
    if (waiters?.delete(waiter) !== true) return;
    this.count -= 1;
    if (waiters.size === 0) this.waiting.delete(projectId);
  }

  private async subscribe(): Promise<void> {
    try {
      await this.subscriber?.subscribe(TRACING_CHANGES_CHANNEL);
      this.isSubscribed = true;
      // What was turned while nobody listened; what is looked up already may be from before.
      this.mayHaveMissed = true;
      await this.look();
    } catch (error) {
      this.log.warn({ err: error }, 'Changes of the switch are not heard, looking for them every second');
    }
  }

  private hear(message: string): void {
    const change = parseChange(message);
    if (change !== undefined) this.tell(change.projectId, change.version);
  }

  /** Never rejects: without the database there is nothing newer, and it is looked again. */
  private async look(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    this.mayHaveMissed = false;
    try {
      if (this.count === 0) return;
      const projects = await this.dataSource.getRepository(Project).find({
        select: { id: true, tracingVersion: true },
        where: { id: In([...this.waiting.keys()]) },
      });
      for (const { id, tracingVersion } of projects) this.tell(id, Number(tracingVersion));
    } catch {
      this.mayHaveMissed = true;
    } finally {
      this.isLooking = false;
    }
  }

  private tell(projectId: string, version: number): void {
    for (const waiter of [...(this.waiting.get(projectId) ?? [])])
      if (version > waiter.version) waiter.settle(true);
  }
}

function parseChange(message: string): { projectId: string; version: number } | undefined {
  try {
    const change: unknown = JSON.parse(message);
    if (typeof change !== 'object' || change === null) return undefined;
    const projectId: unknown = Reflect.get(change, 'project_id');
    const version: unknown = Reflect.get(change, 'version');
    return typeof projectId === 'string' && typeof version === 'number' ? { projectId, version } : undefined;
  } catch {
    return undefined;
  }
}
