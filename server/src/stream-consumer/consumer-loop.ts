import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../kernel/clock.ts';
import { OncePer } from '../kernel/once-per.ts';
import { publishMoment } from './consumer-diagnostics.ts';
import type { ConsumerLog } from './consumer-log.ts';
import type { EntryProcessor } from './storing/entry-processor.ts';
import { ReadSize } from './reading/read-size.ts';
import type { EntryPage, StreamReader } from './reading/stream-reader.ts';

export interface ConsumerLoopParts {
  reader: StreamReader;
  processor: EntryProcessor;
  clock: Clock;
  log: ConsumerLog;
}

/** Longest wait inside one read; also how often other consumers' abandoned entries are looked for. */
const WAIT_MS = 1_000;
const SWEEP_EVERY_MS = 1_000;
/** An entry nobody touched for this long was abandoned: those at work renew their claim every 2 s. */
const ABANDONED_AFTER_MS = 5_000;
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

  /** How long ago the loop last moved, ms. It moves also while it waits for a dependency. */
  get idleMs(): number {
    return this.parts.clock.nowMs() - this.tickMs;
  }

  /** Says that the loop is not stuck. */
  private readonly tick = (): void => {
    this.tickMs = this.parts.clock.nowMs();
  };

  /** Runs until aborted; resolves when the batch at hand is stored and acknowledged. */
  async run(signal: AbortSignal): Promise<void> {
    await this.startCarefully(signal);
    for (let failures = 0; !signal.aborted;) {
      this.tick();
      try {
        await this.turn(signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        this.drainedGeneration = -1;
        await this.pauseAfter(error, failures++, signal);
      }
    }
  }

  /** Entries that were under way when the last process ended may be why it ended. */
  private async startCarefully(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures++) {
      this.tick();
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
      await this.handle(await reader.claimIdle(ABANDONED_AFTER_MS, this.size.next), 'after-claim', signal);
    }
    if (clock.nowMs() - this.lastForgetMs >= FORGET_EVERY_MS) {
      this.lastForgetMs = clock.nowMs();
      await reader.forgetIdleConsumers(FORGET_IDLE_MS);
    }
    if (signal.aborted) return;
    await this.handle(await reader.readNew(this.size.next, WAIT_MS), 'after-read', signal);
  }

  private async drainOwnPending(signal: AbortSignal): Promise<void> {
    const { reader } = this.parts;
    const { generation } = reader;
    let afterId = '0';
    while (!signal.aborted) {
      const page = await reader.readOwnPending(afterId, this.size.next);
      const lastId = page.entries.at(-1)?.id ?? page.goneIds.at(-1);
      if (lastId === undefined) break;
      await this.handle(page, 'after-read', signal);
      afterId = lastId;
    }
    this.drainedGeneration = generation;
  }

  private async handle(
    page: EntryPage,
    point: 'after-read' | 'after-claim',
    signal: AbortSignal,
  ): Promise<void> {
    const { reader, processor } = this.parts;
    if (page.goneIds.length > 0) await reader.acknowledge(page.goneIds);
    if (page.entries.length === 0) return;
    publishMoment({ point, entries: page.entries.length });
    this.size.saw(page.entries.map(({ bytes }) => bytes));
    await processor.process(page.entries, { signal, tick: this.tick });
  }

  private async pauseAfter(error: unknown, failures: number, signal: AbortSignal): Promise<void> {
    if (this.maySay.allows(this.parts.clock.nowMs())) {
      this.parts.log.warn({ err: error }, 'The stream cannot be read, trying again');
    }
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures, 10), MAX_PAUSE_MS);
    await sleep(pauseMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
  }
}
