import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../kernel/clock.ts';
import { OncePer } from '../kernel/once-per.ts';
import { publishMoment } from './consumer-diagnostics.ts';
import type { ConsumerLog } from './consumer-log.ts';
import type { EntryProcessor } from './storing/entry-processor.ts';
import { ReadSize } from './reading/read-size.ts';
import type { EntryPage, StreamEntry, StreamReader } from './reading/stream-reader.ts';
import type { FailureKind } from './storing/store-failure.ts';

export interface ConsumerLoopParts {
  reader: StreamReader;
  processor: EntryProcessor;
  clock: Clock;
  log: ConsumerLog;
}

/** One answer holds about as much at most. */
const READ_MAX_BYTES = 8 * 1024 * 1024;
/** From one small answer to the next read: the longest an entry waits to be stored with others. */
const GATHER_MS = 100;
/** An answer of this size is worth a transaction at once. */
const GATHER_MAX_ENTRIES = 200;
const GATHER_MAX_BYTES = 2 * 1024 * 1024;
/** Longest wait inside one read; also how often other consumers' abandoned entries are looked for. */
const WAIT_MS = 1_000;
const SWEEP_EVERY_MS = 1_000;
/** An entry nobody touched for this long was abandoned: those at work renew their claim every 2 s. */
const ABANDONED_AFTER_MS = 4_000;
/** An entry handed out so often was under way each time a process ended: it may be why. It is tried alone. */
const SUSPECT_DELIVERIES = 3;
const FORGET_EVERY_MS = 10 * 60_000;
const FORGET_IDLE_MS = 60 * 60_000;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 1_000;
const LOG_EVERY_MS = 5_000;

/**
 * The consumer: own pending entries first (at start and whenever an answer may have been lost), then new ones, and
 * every second those that another consumer left behind. Never ends by itself.
 */
export class ConsumerLoop {
  private readonly parts: ConsumerLoopParts;
  private readonly maySay = new OncePer(LOG_EVERY_MS);
  private size = new ReadSize();
  private drainedGeneration = -1;
  private lastSweepMs = Number.NEGATIVE_INFINITY;
  private lastForgetMs: number;
  private tickMs: number;

  constructor(parts: ConsumerLoopParts) {
    this.parts = parts;
    this.tickMs = parts.clock.nowMs();
    this.lastForgetMs = this.tickMs;
  }

  /** How long ago the loop last moved, ms. It moves also while it waits for a dependency; see {@link EntryProcessor}. */
  get idleMs(): number {
    return this.parts.processor.silentMs(this.tickMs);
  }

  /** How long nothing could be stored for a reason we do not know, ms. */
  get perplexedMs(): number {
    return this.parts.processor.perplexedMs;
  }

  /** Why nothing is stored at the moment; null when nothing is wrong. */
  get failure(): FailureKind | null {
    return this.parts.processor.failure;
  }

  /** Runs until aborted; resolves when the batches at hand are stored and acknowledged. */
  async run(signal: AbortSignal): Promise<void> {
    await this.startCarefully(signal);
    for (let failures = 0; !signal.aborted;) {
      this.tickMs = this.parts.clock.nowMs();
      try {
        await this.turn(signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) break;
        this.drainedGeneration = -1;
        await this.pauseAfter(error, failures++, signal);
      }
    }
    // What could not be stored any more is pending still, and the next process's.
    await this.parts.processor.idle().catch(() => undefined);
  }

  /** Entries that were under way when the last process ended may be why it ended. */
  private async startCarefully(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures++) {
      this.tickMs = this.parts.clock.nowMs();
      try {
        await this.parts.reader.ensureGroup();
        const { entries } = await this.parts.reader.readOwnPending('0', 1);
        this.size = new ReadSize(entries.length > 0 ? 'unclean' : 'clean');
        return;
      } catch (error) {
        await this.pauseAfter(error, failures, signal);
      }
    }
  }

  private async turn(signal: AbortSignal): Promise<void> {
    const { reader, clock } = this.parts;
    if (this.drainedGeneration !== reader.generation) await this.drainOwnPending(signal);
    if (clock.nowMs() - this.lastSweepMs >= SWEEP_EVERY_MS) {
      this.lastSweepMs = clock.nowMs();
      await this.takeOver(await reader.claimIdle(ABANDONED_AFTER_MS, this.size.next), 'after-claim', signal);
      await reader.trimFinished();
    }
    if (clock.nowMs() - this.lastForgetMs >= FORGET_EVERY_MS) {
      this.lastForgetMs = clock.nowMs();
      await reader.forgetIdleConsumers(FORGET_IDLE_MS);
    }
    if (signal.aborted) return;
    const limit = { entries: this.size.next, bytes: READ_MAX_BYTES };
    const { entries } = await reader.readNew(limit, WAIT_MS);
    if (entries.length === 0) return;
    this.notice(entries, 'after-read');
    const readMs = clock.nowMs();
    await this.parts.processor.process(entries, signal);
    const isMany = entries.length >= Math.min(limit.entries, GATHER_MAX_ENTRIES);
    if (!isMany && sumOf(entries) < GATHER_MAX_BYTES) await this.gather(readMs, signal);
  }

  /** A transaction costs much more than an entry: those that come one after the other are stored together. */
  private async gather(sinceMs: number, signal: AbortSignal): Promise<void> {
    const leftMs = GATHER_MS - (this.parts.clock.nowMs() - sinceMs);
    if (leftMs > 0) await sleep(leftMs, undefined, { signal }).catch(() => undefined);
  }

  private async drainOwnPending(signal: AbortSignal): Promise<void> {
    const { reader, processor } = this.parts;
    await processor.idle();
    const { generation } = reader;
    let afterId = '0';
    while (!signal.aborted) {
      const page = await reader.readOwnPending(afterId, this.size.next);
      const lastId = page.entries.at(-1)?.id ?? page.goneIds.at(-1);
      if (lastId === undefined) break;
      await this.takeOver(page, 'after-read', signal);
      afterId = lastId;
    }
    this.drainedGeneration = generation;
  }

  /** Works on entries that somebody had in hand before. */
  private async takeOver(
    page: EntryPage,
    point: 'after-read' | 'after-claim',
    signal: AbortSignal,
  ): Promise<void> {
    const { reader, processor } = this.parts;
    if (page.goneIds.length > 0) await reader.giveUp(page.goneIds);
    const entries = page.entries.filter(({ id }) => !processor.holds(id));
    if (entries.length === 0) return;
    this.notice(entries, point);
    const deliveries = await reader.countDeliveries(entries);
    const isSuspect = ({ id }: StreamEntry): boolean => (deliveries.get(id) ?? 1) >= SUSPECT_DELIVERIES;
    await processor.process(
      entries.filter((entry) => !isSuspect(entry)),
      signal,
    );
    for (const entry of entries.filter(isSuspect)) {
      if (signal.aborted) return;
      await processor.processAlone(entry, signal);
    }
  }

  private notice(entries: readonly StreamEntry[], point: 'after-read' | 'after-claim'): void {
    if (entries.length === 0) return;
    publishMoment({ point, entries: entries.length });
    this.size.saw(entries.map(({ bytes }) => bytes));
  }

  private async pauseAfter(error: unknown, failures: number, signal: AbortSignal): Promise<void> {
    if (this.maySay.allows(this.parts.clock.nowMs())) {
      this.parts.log.warn({ err: error }, 'The stream cannot be read, trying again');
    }
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures, 10), MAX_PAUSE_MS);
    await sleep(pauseMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
  }
}

const sumOf = (entries: readonly StreamEntry[]): number => entries.reduce((sum, { bytes }) => sum + bytes, 0);
