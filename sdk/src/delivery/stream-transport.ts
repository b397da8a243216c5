import type { Redis } from 'ioredis';
import {
  encodeWrittenEntry,
  type EntrySigner,
  messages,
  tracingConfigKey,
  tracingEnabledKey,
  TRACING_CHANGES_CHANNEL,
} from '../contract/index.ts';
import { EntryBody } from '../contract/entry-body.ts';
import { type Attempt, type EntryDraft, type EntrySink } from './entry-sink.ts';
import { type Batch } from './event-buffer.ts';
import { reasonOf, say, type SdkLogger } from '../log.ts';
import { EntryMemory } from './entry-memory.ts';
import { isTimeout, RedisLink } from '../connection/redis-link.ts';
import { SendingTime } from './sending-time.ts';
import { sentTogether } from './sent-together.ts';
import { type Reply, StreamWatch } from './stream-watch.ts';
import { cancel, every, monotonicMs, nextTurn, type Timer } from '../timers.ts';
import { type TracingSwitch } from '../connection/tracing-switch.ts';

const POLL_MS = 5000;
/** Entries that follow each other faster than flushes do not ask for the switch again. */
const SWITCH_FRESH_MS = 40;
/**
 * Entries that leave in one write. More would save little, and would have to be sent again after a connection broke.
 */
const ENTRIES_TOGETHER = 4;
/** How often it is looked whether the stream is due to be looked at. */
const WATCH_MS = 1000;

export interface StreamTransportOptions {
  redisUrl: string;
  streamName: string;
  /** Entries, `MAXLEN ~`. */
  maxStreamLength: number;
  /** The project whose switch is followed; undefined in programs that only publish. */
  projectId: string | undefined;
  signer: EntrySigner | undefined;
  logger: SdkLogger;
}

type EntryFields = (string | Buffer)[];

/** Fields of an entry and their size. */
export interface StreamEntryWire {
  fields: EntryFields;
  bytes: number;
  sendingTime: SendingTime;
  /** Its fields, sent at another time. May throw. */
  encode: (sentAt: Date) => EntryFields;
  /** Gives the memory of its fields back; called once it is taken. */
  free: () => void;
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/**
 * The way through the Redis Stream: one XADD per entry, the switch's keys read with it. Keeps the stream within the room it
 * may take in the host application's Redis. Never rejects and never throws.
 */
export class StreamTransport implements EntrySink<StreamEntryWire> {
  private readonly options: StreamTransportOptions;
  private readonly tracingSwitch: TracingSwitch;
  readonly link: RedisLink;
  private readonly subscriber: RedisLink;
  private readonly watch = new StreamWatch();
  private readonly memory = new EntryMemory(ENTRIES_TOGETHER);
  private wake: () => void = () => undefined;
  private isOutOfMemory = false;
  private lastReadAt = 0;
  private hasConnected = false;
  private isConnected = false;
  /** Since an entry was taken. */
  private hasToldRefusal = false;
  /** Since it was connected. */
  private hasToldAway = false;
  private pollTimer: Timer | undefined;
  private watchTimer: Timer | undefined;

  constructor(options: StreamTransportOptions, tracingSwitch: TracingSwitch) {
    this.options = options;
    this.tracingSwitch = tracingSwitch;
    this.link = new RedisLink(options.redisUrl, {
      onReady: () => this.connected(),
      onDown: (reason) => this.disconnected(reason),
    });
    this.subscriber = new RedisLink(options.redisUrl, { onReady: (client) => this.subscribe(client) });
  }

  readonly entriesTogether = ENTRIES_TOGETHER;

  get roomBytes(): number {
    return this.watch.roomBytes;
  }

  get isReady(): boolean {
    return this.link.ready !== undefined;
  }

  get isFull(): boolean {
    return this.isOutOfMemory || this.watch.isFull || this.watch.believes(this.tracingSwitch.full);
  }

  start(wake: () => void): void {
    this.wake = wake;
    nextTurn(() => {
      void this.link.open();
      if (this.options.projectId !== undefined) void this.subscriber.open();
    });
    this.pollTimer = every(() => {
      if (monotonicMs() - this.lastReadAt >= POLL_MS - 500) void this.readSwitch();
    }, POLL_MS);
    this.watchTimer = every(() => {
      if (this.watch.isDueAgain(this.tracingSwitch.full)) void this.lookAtStream().then(() => this.wake());
    }, WATCH_MS);
  }

  async prepare(): Promise<void> {
    if (this.watch.isDue) await this.lookAtStream();
  }

  startEntry(): EntryDraft<StreamEntryWire> {
    const { memory, free } = this.memory.lend();
    const body = new EntryBody(memory);
    return {
      body,
      finish: (batch) => this.wireOf(batch, body, free),
    };
  }

  async send(wires: readonly StreamEntryWire[]): Promise<Attempt[]> {
    const client = this.link.ready;
    if (client === undefined) return wires.map(() => ({ kind: 'failed', mayHaveArrived: false }));
    const { projectId } = this.options;
    const startedAt = monotonicMs();
    const isKnown = projectId === undefined || startedAt - this.lastReadAt < SWITCH_FRESH_MS;
    const keys = isKnown ? [] : [tracingConfigKey(projectId), tracingEnabledKey(projectId)];
    const replies = await sentTogether(client, [
      ...wires.map((wire) => () => this.add(client, wire)),
      ...keys.map((key) => () => client.get(key)),
    ]);
    this.applyKeys(replies[wires.length], replies[wires.length + 1]);
    const tookMs = monotonicMs() - startedAt;
    const attempts = wires.map((wire, entry) => this.attemptOf(wire, replies[entry]));
    if (attempts.some(({ kind }) => kind === 'taken')) this.link.answered(tookMs);
    this.judge(client, replies.slice(0, wires.length));
    return attempts;
  }

  close(): void {
    cancel(this.pollTimer);
    cancel(this.watchTimer);
    this.link.close();
    this.subscriber.close();
  }

  /** Never rejects: an answer that does not come says nothing, and the next entry finds out why. */
  private async lookAtStream(): Promise<void> {
    const client = this.link.ready;
    if (client === undefined) return;
    const { maxBytes, full } = this.tracingSwitch;
    const replies = await this.watch
      .ask(client.pipeline(), this.options.streamName)
      .exec()
      .catch(() => null);
    this.watch.apply(replies?.[0], replies?.[1], { maxBytes, serverSaysFull: full });
    if (isTimeout(reasonOf(replies?.[0]?.[0]))) this.link.giveUp();
  }

  private wireOf(batch: Batch, body: EntryBody, free: () => void): StreamEntryWire {
    try {
      for (const { header } of batch.events) body.addHeader(header);
      const encode = this.encoderOf(batch, body);
      const sendingTime = new SendingTime();
      return { fields: encode(sendingTime.date), bytes: batch.bytes, sendingTime, encode, free };
    } catch (error) {
      free();
      throw error;
    }
  }

  /** Keeps nothing of the batch's events. */
  private encoderOf({ projectId, instanceId, seq, counters }: Batch, body: EntryBody) {
    const entry = { projectId, instanceId, seq, counters, ...body.written() };
    // The key speaks for its own project only.
    const signer = projectId === this.options.projectId ? this.options.signer : undefined;
    return (sentAt: Date): EntryFields => encodeWrittenEntry({ ...entry, sentAt }, signer);
  }

  private add(client: Redis, wire: StreamEntryWire): Promise<unknown> {
    if (wire.sendingTime.renew()) wire.fields = wire.encode(wire.sendingTime.date);
    const { streamName, maxStreamLength } = this.options;
    return this.link.send(client, 'XADD', [
      streamName,
      'MAXLEN',
      '~',
      String(maxStreamLength),
      '*',
      ...wire.fields,
    ]);
  }

  private attemptOf({ bytes, free }: StreamEntryWire, reply: Reply | undefined): Attempt {
    if (reply?.[0] !== null) return { kind: 'failed', mayHaveArrived: true };
    free();
    this.watch.sent(bytes);
    return { kind: 'taken' };
  }

  /** @param replies to the entries of one write */
  private judge(client: Redis, replies: readonly Reply[]): void {
    const reasons = replies.flatMap(([error]) => (error === null ? [] : [reasonOf(error)]));
    this.isOutOfMemory = reasons.some((reason) => reason.startsWith('OOM'));
    // After a time-out commands may still be in the socket: others must not pile up behind them.
    if (reasons.some(isTimeout)) this.link.giveUp();
    for (const reason of reasons) this.link.refused(reason);
    const [reason] = reasons;
    if (reason === undefined) this.hasToldRefusal = false;
    else if (!this.hasToldRefusal && client.status === 'ready') {
      this.hasToldRefusal = true;
      say(this.options.logger, messages.heldBack(reason));
    }
  }

  private connected(): void {
    if (!this.hasConnected) say(this.options.logger, messages.redisConnected(this.options.redisUrl));
    this.hasConnected = true;
    this.isConnected = true;
    this.hasToldAway = false;
    void this.readSwitch().then(() => this.wake());
  }

  private disconnected(reason: string): void {
    const wasConnected = this.isConnected;
    this.isConnected = false;
    // One that was lost is made again at once; only where that fails there is something to say, once until it works.
    if (wasConnected || this.hasToldAway) return;
    this.hasToldAway = true;
    const { heldBack, redisFailed } = messages;
    say(this.options.logger, this.hasConnected ? heldBack(reason) : redisFailed(reason));
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
    const wasFull = this.isFull;
    try {
      const pipeline = client.pipeline().get(tracingConfigKey(projectId)).get(tracingEnabledKey(projectId));
      const [config, enabled] = (await pipeline.exec()) ?? [];
      this.applyKeys(config, enabled);
      if (isTimeout(reasonOf(config?.[0]))) this.link.giveUp();
    } catch {
      return;
    }
    if (wasFull) this.wake();
  }

  /** Absent keys say nothing; replies that are errors say nothing either. */
  private applyKeys(config: Reply | undefined, enabled: Reply | undefined): void {
    if (config === undefined || enabled === undefined || config[0] !== null || enabled[0] !== null) return;
    this.lastReadAt = monotonicMs();
    this.tracingSwitch.applyKeys(textOrNull(config[1]), textOrNull(enabled[1]));
  }
}
