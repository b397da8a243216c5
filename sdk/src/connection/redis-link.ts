import type { Command, Redis } from 'ioredis';
import { type CommandArgument, inPieces } from './command-in-pieces.ts';
import { reasonOf } from '../log.ts';
import { cancel, later, monotonicMs, type Timer } from '../timers.ts';

const CONNECT_TIMEOUT_MS = 3000;
/** For an answer. Doubled for the next connection after each that came too late, until answers are quick again. */
const FIRST_TIMEOUT_MS = 3000;
const LAST_TIMEOUT_MS = 24_000;
const QUICK_MS = 1000;
/** A Redis that hangs does not close its side; all that was asked for was answered before. */
const DISCONNECT_TIMEOUT_MS = 20;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2000;
/** A connection that lasted so long was a good one: the next is made soon. */
const STEADY_MS = 10_000;

export interface RedisLinkEvents {
  /** The connection can take commands; called after every (re)connect. */
  onReady: (client: Redis) => void;
  /** An attempt failed or the connection was lost. */
  onDown?: (reason: string) => void;
}

/** Whether a command failed because its answer did not come in time. */
export const isTimeout = (reason: string): boolean => reason.includes('Command timed out');

/**
 * ioredis' time-outs of commands (`commandTimeout`) would keep a process alive whose Redis hangs, for three seconds each
 * time. The field is ioredis' own, whose version is fixed; without it the process would only be held again.
 */
function releaseTimers(client: Redis): void {
  const send = client.sendCommand.bind(client);
  client.sendCommand = (command, stream) => {
    const reply = send(command, stream);
    const timer: unknown = Reflect.get(command, '_commandTimeoutTimer');
    if (isTimer(timer)) timer.unref();
    return reply;
  };
}

const isTimer = (value: unknown): value is { unref: () => unknown } =>
  typeof value === 'object' && value !== null && 'unref' in value;

/**
 * One Redis connection that comes back by itself, for as long as the process lives, without keeping it alive. ioredis'
 * own reconnecting is not used: its timers would hold the process, and a fresh client has no queue that could be resent.
 */
export class RedisLink {
  private readonly url: string;
  private readonly events: RedisLinkEvents;
  private client: Redis | undefined;
  private makeCommand: ((name: string) => Command) | undefined;
  private retryTimer: Timer | undefined;
  private failures = 0;
  /** By the monotonic clock. */
  private readyAt = Infinity;
  private timeoutMs = FIRST_TIMEOUT_MS;
  private isClosed = false;
  private lastReason = 'connection lost';

  constructor(url: string, events: RedisLinkEvents) {
    this.url = url;
    this.events = events;
  }

  /** The client when it can take commands now. */
  get ready(): Redis | undefined {
    return this.client?.status === 'ready' ? this.client : undefined;
  }

  /** Loads ioredis (tens of milliseconds, so never in the caller's path) and connects. Never rejects. */
  async open(): Promise<void> {
    if (this.isClosed) return;
    try {
      const { Redis: Client, Command } = await import('ioredis');
      this.makeCommand = (name) => new Command(name, [], { replyEncoding: 'utf8' });
      this.attach(
        new Client(this.url, {
          lazyConnect: true,
          retryStrategy: () => null,
          enableOfflineQueue: false,
          autoResendUnfulfilledCommands: false,
          autoResubscribe: false,
          maxRetriesPerRequest: 1,
          connectTimeout: CONNECT_TIMEOUT_MS,
          commandTimeout: this.timeoutMs,
          disconnectTimeout: DISCONNECT_TIMEOUT_MS,
          connectionName: 'swisper-studio-sdk',
        }),
      );
    } catch (error) {
      this.lastReason = reasonOf(error);
      this.retryLater();
    }
  }

  /**
   * Sends a command with large arguments, without a copy of them: they must stay as they are until it is answered.
   * @param client the one that is ready
   */
  send(client: Redis, name: string, args: readonly CommandArgument[]): Promise<unknown> {
    const command = this.makeCommand?.(name);
    if (command === undefined) return Promise.reject(new Error('not connected'));
    return Promise.resolve(client.sendCommand(inPieces(command, client, [name, ...args])));
  }

  /**
   * An answer came too late: gives the connection up, because what hangs must not pile up in its socket, and makes a new one
   * with more patience.
   */
  giveUp(): void {
    this.lengthen();
    this.client?.disconnect();
  }

  /** A Redis that was made a replica keeps its connections: its name may lead to another one by now. */
  refused(reason: string): void {
    if (reason.startsWith('READONLY')) this.client?.disconnect();
  }

  /** @param tookMs an answer */
  answered(tookMs: number): void {
    if (tookMs < QUICK_MS) this.timeoutMs = FIRST_TIMEOUT_MS;
  }

  close(): void {
    this.isClosed = true;
    cancel(this.retryTimer);
    this.client?.disconnect();
    this.client = undefined;
  }

  private attach(client: Redis): void {
    if (this.isClosed) return;
    this.client = client;
    releaseTimers(client);
    client.on('error', (error: unknown) => {
      this.lastReason = reasonOf(error);
    });
    client.on('connect', () => client.stream.unref());
    client.on('ready', () => {
      this.readyAt = monotonicMs();
      this.events.onReady(client);
    });
    client.once('end', () => this.retryLater());
    client.connect().catch((error: unknown) => {
      // The reason is the socket's error, seen before; "Connection is closed" only follows from it.
      if (this.lastReason === 'connection lost') this.lastReason = reasonOf(error);
    });
  }

  private retryLater(): void {
    if (this.isClosed) return;
    this.client = undefined;
    if (isTimeout(this.lastReason)) this.lengthen();
    if (monotonicMs() - this.readyAt >= STEADY_MS) this.failures = 0;
    this.readyAt = Infinity;
    this.events.onDown?.(this.lastReason);
    const hasTimedOut = this.lastReason.includes('ETIMEDOUT');
    this.lastReason = 'connection lost';
    const grownMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.failures);
    // While it connects the process is held: where nothing answers at all, there must be pauses in which it can end.
    const delayMs = (hasTimedOut ? LAST_RETRY_MS : grownMs) * (0.75 + Math.random() / 2);
    this.failures += 1;
    cancel(this.retryTimer);
    this.retryTimer = later(() => void this.open(), delayMs);
  }

  private lengthen(): void {
    this.timeoutMs = Math.min(LAST_TIMEOUT_MS, this.timeoutMs * 2);
  }
}
