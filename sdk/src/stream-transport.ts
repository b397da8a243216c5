import { type Redis } from 'ioredis';
import {
  encodeEntry,
  ENTRY_CLOSE_BYTES,
  ENTRY_MAX_EVENTS,
  type EntrySigner,
  messages,
  tracingConfigKey,
  tracingEnabledKey,
  TRACING_CHANGES_CHANNEL,
} from './contract/index.ts';
import { type EventBuffer } from './event-buffer.ts';
import { reasonOf, say, type SdkLogger } from './log.ts';
import { RedisLink } from './redis-link.ts';
import { type Reply, StreamWatch } from './stream-watch.ts';
import { type TracingSwitch } from './tracing-switch.ts';

const FLUSH_MS = 50;
const POLL_MS = 5000;
/** How often it is looked whether the stream is due to be looked at. */
const WATCH_MS = 1000;
const FIRST_BACKOFF_MS = 100;
const LAST_BACKOFF_MS = 5000;
/** Longer timers fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface StreamTransportOptions {
  redisUrl: string;
  streamName: string;
  /** Entries, `MAXLEN ~`. */
  maxStreamLength: number;
  instanceId: string;
  /** The project whose switch is followed; undefined in programs that only publish. */
  projectId: string | undefined;
  signer: EntrySigner | undefined;
  logger: SdkLogger;
}

/** An entry as it goes to Redis; kept and resent unchanged until it is stored. */
interface PendingEntry {
  /** Of the buffer, free again when the entry is stored. */
  heldBytes: number;
  events: number;
  fields: (string | Buffer)[];
}

/** A flush waits for what was recorded before it, not for what keeps coming. */
interface Waiter {
  until: number;
  settle: () => void;
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/**
 * Carries the buffer to the Redis Stream: at most one entry in flight, one XADD per flush, the switch's keys read with
 * it. Never rejects and never throws.
 */
export class StreamTransport {
  private readonly options: StreamTransportOptions;
  private readonly buffer: EventBuffer;
  private readonly tracingSwitch: TracingSwitch;
  private readonly link: RedisLink;
  private readonly subscriber: RedisLink;
  private pending: PendingEntry | undefined;
  private isPumping = false;
  private isOutOfMemory = false;
  private readonly watch = new StreamWatch();
  private failures = 0;
  private lastReadAt = 0;
  private hasConnected = false;
  private hasComplained = false;
  private flushTimer: NodeJS.Timeout | undefined;
  private backoffTimer: NodeJS.Timeout | undefined;
  private pollTimer: NodeJS.Timeout | undefined;
  private watchTimer: NodeJS.Timeout | undefined;
  /** Events acknowledged since start. */
  private sent = 0;
  private readonly waiting = new Set<Waiter>();

  constructor(options: StreamTransportOptions, buffer: EventBuffer, tracingSwitch: TracingSwitch) {
    this.options = options;
    this.buffer = buffer;
    this.tracingSwitch = tracingSwitch;
    this.link = new RedisLink(options.redisUrl, {
      onReady: () => this.connected(),
      onDown: (reason) => this.disconnected(reason),
    });
    this.subscriber = new RedisLink(options.redisUrl, { onReady: (client) => this.subscribe(client) });
  }

  /** Redis must not be filled further: new events are to be dropped and counted `stream_full`. */
  get isFull(): boolean {
    return this.isOutOfMemory || this.isStreamFull;
  }

  private get isStreamFull(): boolean {
    return this.watch.isFull || this.watch.believes(this.tracingSwitch.full);
  }

  private get isIdle(): boolean {
    return this.pending === undefined && this.buffer.length === 0;
  }

  /** Connects on a later tick. */
  start(): void {
    setImmediate(() => {
      void this.link.open();
      if (this.options.projectId !== undefined) void this.subscriber.open();
    });
    this.pollTimer = setInterval(() => {
      if (performance.now() - this.lastReadAt >= POLL_MS - 500) void this.readSwitch();
    }, POLL_MS).unref();
    this.watchTimer = setInterval(() => {
      const client = this.link.ready;
      if (client !== undefined && this.watch.isDueAgain(this.tracingSwitch.full))
        void this.lookAtStream(client).then(() => this.pump());
    }, WATCH_MS).unref();
  }

  /** Called after each event added to the buffer. */
  notify(): void {
    if (this.isPumping || this.backoffTimer !== undefined) return;
    const isDue = this.buffer.length >= ENTRY_MAX_EVENTS || this.buffer.bytes >= ENTRY_CLOSE_BYTES;
    if (!isDue) {
      this.flushTimer ??= setTimeout(() => void this.pump(), FLUSH_MS).unref();
      return;
    }
    this.isPumping = true;
    setImmediate(() => {
      this.isPumping = false;
      void this.pump();
    });
  }

  /** True when everything recorded before was acknowledged within the time. Keeps the process alive until then. */
  async flush(timeoutMs: number): Promise<boolean> {
    if (this.isIdle) return true;
    const until = this.sent + (this.pending?.events ?? 0) + this.buffer.length;
    this.link.hold(true);
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.waiting.delete(waiter);
        resolve();
      };
      const timer = setTimeout(settle, Math.min(timeoutMs, LONGEST_TIMER_MS));
      const waiter = { until, settle };
      this.waiting.add(waiter);
      void this.pump();
    });
    if (this.waiting.size === 0) this.link.hold(false);
    return this.sent >= until;
  }

  close(): void {
    clearTimeout(this.flushTimer);
    clearTimeout(this.backoffTimer);
    clearInterval(this.pollTimer);
    clearInterval(this.watchTimer);
    this.link.close();
    this.subscriber.close();
    for (const { settle } of [...this.waiting]) settle();
  }

  private async pump(): Promise<void> {
    clearTimeout(this.flushTimer);
    this.flushTimer = undefined;
    if (this.isPumping || this.backoffTimer !== undefined) return;
    this.isPumping = true;
    let isSent = true;
    while (isSent) {
      const client = this.link.ready;
      if (client !== undefined && this.watch.isDue && !this.isIdle) await this.lookAtStream(client);
      this.pending ??= client === undefined || this.isStreamFull ? undefined : this.encodeNext();
      if (client === undefined || this.pending === undefined) break;
      isSent = await this.send(client, this.pending);
    }
    this.isPumping = false;
    if (!isSent) this.backOff();
  }

  private encodeNext(): PendingEntry | undefined {
    const batch = this.buffer.take(this.tracingSwitch.version);
    if (batch === undefined) return undefined;
    const { instanceId, projectId, signer } = this.options;
    const fields = encodeEntry(
      { ...batch, instanceId, sentAt: new Date() },
      // The key speaks for its own project only.
      batch.projectId === projectId ? signer : undefined,
    );
    return { heldBytes: batch.bytes, events: batch.events.length, fields };
  }

  private async send(client: Redis, entry: PendingEntry): Promise<boolean> {
    const { streamName, maxStreamLength, projectId } = this.options;
    try {
      const pipeline = client.pipeline();
      pipeline.xadd(streamName, 'MAXLEN', '~', maxStreamLength, '*', ...entry.fields);
      if (projectId !== undefined)
        pipeline.get(tracingConfigKey(projectId)).get(tracingEnabledKey(projectId));
      const [added, config, enabled] = (await pipeline.exec()) ?? [];
      this.applyKeys(config, enabled);
      if (added === undefined) throw new Error('no reply');
      if (added[0] !== null) throw added[0];
    } catch (error) {
      this.failed(client, reasonOf(error));
      return false;
    }
    this.buffer.release(entry.heldBytes);
    this.watch.sent(entry.heldBytes);
    this.sent += entry.events;
    this.pending = undefined;
    this.settleWaiting();
    this.failures = 0;
    this.isOutOfMemory = false;
    this.hasComplained = false;
    return true;
  }

  /** Never rejects: an answer that does not come says nothing, and the next entry finds out why. */
  private async lookAtStream(client: Redis): Promise<void> {
    const { maxBytes, full } = this.tracingSwitch;
    const replies = await this.watch
      .ask(client.pipeline(), this.options.streamName)
      .exec()
      .catch(() => null);
    this.watch.apply(replies?.[0], replies?.[1], { maxBytes, serverSaysFull: full });
    if (reasonOf(replies?.[0]?.[0]).includes('timed out')) client.disconnect();
  }

  private failed(client: Redis, reason: string): void {
    this.isOutOfMemory = reason.startsWith('OOM');
    // After a time-out the command may still be in the socket: a second one must not pile up behind it.
    if (reason.includes('timed out')) client.disconnect();
    if (this.hasComplained || client.status !== 'ready') return;
    this.hasComplained = true;
    say(this.options.logger, { level: 'warn', lines: [`⚠️ SwisperStudio events are held back: ${reason}`] });
  }

  private backOff(): void {
    const delayMs =
      Math.min(LAST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.failures) * (0.75 + Math.random() / 2);
    this.failures = Math.min(this.failures + 1, 10);
    this.backoffTimer = setTimeout(() => {
      this.backoffTimer = undefined;
      void this.pump();
    }, delayMs).unref();
  }

  private connected(): void {
    if (!this.hasConnected) say(this.options.logger, messages.redisConnected(this.options.redisUrl));
    this.hasConnected = true;
    this.failures = 0;
    clearTimeout(this.backoffTimer);
    this.backoffTimer = undefined;
    void this.readSwitch().then(() => this.pump());
  }

  private disconnected(reason: string): void {
    if (this.hasConnected || this.hasComplained) return;
    this.hasComplained = true;
    say(this.options.logger, messages.redisFailed(reason));
  }

  private subscribe(client: Redis): void {
    const { projectId } = this.options;
    if (projectId === undefined) return;
    client.on('message', (_channel: string, message: string) => {
      if (this.tracingSwitch.isNews(message, projectId)) void this.readSwitch();
    });
    client.subscribe(TRACING_CHANGES_CHANNEL).catch(() => client.disconnect());
  }

  private async readSwitch(): Promise<void> {
    const { projectId } = this.options;
    const client = this.link.ready;
    if (projectId === undefined || client === undefined) return;
    try {
      const pipeline = client.pipeline().get(tracingConfigKey(projectId)).get(tracingEnabledKey(projectId));
      const [config, enabled] = (await pipeline.exec()) ?? [];
      this.applyKeys(config, enabled);
      if (reasonOf(config?.[0]).includes('timed out')) client.disconnect();
    } catch {
      return;
    }
    if (!this.isIdle) void this.pump();
  }

  /** Absent keys say nothing; replies that are errors say nothing either. */
  private applyKeys(config: Reply | undefined, enabled: Reply | undefined): void {
    if (config === undefined || enabled === undefined || config[0] !== null || enabled[0] !== null) return;
    this.lastReadAt = performance.now();
    this.tracingSwitch.applyKeys(textOrNull(config[1]), textOrNull(enabled[1]));
  }

  private settleWaiting(): void {
    for (const { until, settle } of [...this.waiting]) if (this.sent >= until) settle();
  }
}
