import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../kernel/clock.ts';
import { OncePer } from '../../kernel/once-per.ts';
import { TaskSlots } from '../../kernel/task-slots.ts';
import { publishMoment } from '../consumer-diagnostics.ts';
import type { ConsumerLog } from '../consumer-log.ts';
import type { StreamEntry, StreamReader } from '../reading/stream-reader.ts';
import { type BatchLimits, groupsWithin } from './entry-groups.ts';
import type { StoreCourse } from './batch-writer.ts';
import type { BatchListener, EntryStore } from './entry-store.ts';
import { type FailureKind, failureKindOf, pauseAfterMs } from './store-failure.ts';

export interface EntryProcessorParts {
  reader: StreamReader;
  store: EntryStore;
  listener: BatchListener;
  clock: Clock;
  log: ConsumerLog;
}

/** Batches that are stored at the same time: while the database works on one, the next is decoded. */
const WRITERS = 2;
const KEEP_CLAIM_MS = 2_000;
const LOG_EVERY_MS = 5_000;

/** Takes entries to the database and acknowledges them: decode, one transaction, commit, acknowledge. */
export class EntryProcessor {
  private readonly parts: EntryProcessorParts;
  private readonly limits: BatchLimits;
  private readonly maySay = new OncePer(LOG_EVERY_MS);
  private readonly slots = new TaskSlots(WRITERS);
  private readonly inHand = new Set<string>();
  /** When each batch under way last moved, ms since 1970. */
  private readonly ticks = new Map<object, number>();
  private endedMs = 0;
  /** Why batches under way are not stored yet, and since when. */
  private readonly troubles = new Map<object, { readonly kind: FailureKind; readonly sinceMs: number }>();

  constructor(parts: EntryProcessorParts, limits: BatchLimits) {
    this.parts = parts;
    this.limits = limits;
  }

  /** Why nothing is stored at the moment; null when nothing is wrong. */
  get failure(): FailureKind | null {
    return [...this.troubles.values()][0]?.kind ?? null;
  }

  /** How long a batch could not be stored for a reason we do not know, ms; 0 when there is none. */
  get perplexedMs(): number {
    const since = [...this.troubles.values()].filter(({ kind }) => kind === 'unexpected');
    return since.length === 0
      ? 0
      : this.parts.clock.nowMs() - Math.min(...since.map(({ sinceMs }) => sinceMs));
  }

  /** Whether the entry is being worked on: it may be handed out again meanwhile. */
  holds(entryId: string): boolean {
    return this.inHand.has(entryId);
  }

  /**
   * How long nothing has moved, ms. Waiting for a dependency is moving; of several batches the quietest counts.
   * @param loopMovedMs when the loop itself last moved, ms since 1970
   */
  silentMs(loopMovedMs: number): number {
    const movedMs =
      this.ticks.size > 0 ? Math.min(...this.ticks.values()) : Math.max(this.endedMs, loopMovedMs);
    return this.parts.clock.nowMs() - movedMs;
  }

  /**
   * Takes the entries on, in as many transactions as the limits ask for; resolves when the last has begun. While the
   * database is away it keeps them and tries again; the only way out without them is the signal.
   * @throws what an earlier batch failed with after the signal, or its acknowledgement: its entries are still pending
   */
  async process(entries: readonly StreamEntry[], signal: AbortSignal): Promise<void> {
    for (const { id } of entries) this.inHand.add(id);
    const groups = groupsWithin(entries, this.limits);
    const keepAlive = setInterval(() => this.keepClaims(groups.flat()), KEEP_CLAIM_MS);
    try {
      for (let group = groups[0]; group !== undefined; groups.shift(), group = groups[0]) {
        const batch = group;
        await this.slots.start((earlier) =>
          this.store(batch, (course) => this.parts.store.store(batch, course), { signal, earlier }),
        );
      }
    } finally {
      clearInterval(keepAlive);
      for (const { id } of groups.flat()) this.inHand.delete(id);
    }
  }

  /**
   * One entry by itself, noted before and after: should the process die of it, the next one knows. A process that is told
   * to end does not die of it, unless it is told because of the entry.
   */
  async processAlone(entry: StreamEntry, signal: AbortSignal): Promise<void> {
    await this.idle();
    let tries = 0;
    const storeOnce = (course: StoreCourse): Promise<void> =>
      this.parts.store.storeIsolated(entry, tries++ > 0, course);
    const absolve = (): void => {
      if (this.failure !== 'unexpected') void this.parts.store.absolve(entry);
    };
    signal.addEventListener('abort', absolve);
    try {
      await this.slots.start((earlier) => this.store([entry], storeOnce, { signal, earlier }));
      await this.idle();
    } finally {
      signal.removeEventListener('abort', absolve);
    }
  }

  /** Resolves when nothing is under way. @throws what a batch failed with */
  async idle(): Promise<void> {
    await this.slots.idle();
  }

  private async store(
    entries: readonly StreamEntry[],
    storeOnce: (course: StoreCourse) => Promise<void>,
    { signal, earlier }: { signal: AbortSignal; earlier: Promise<unknown> },
  ): Promise<void> {
    const ids = entries.map(({ id }) => id);
    const tick = (): void => void this.ticks.set(ids, this.parts.clock.nowMs());
    const keepAlive = setInterval(() => this.keepClaims(entries), KEEP_CLAIM_MS);
    for (const id of ids) this.inHand.add(id);
    try {
      await this.untilDone(ids, () => storeOnce({ tick, earlier }), { signal, tick });
      await this.parts.reader.acknowledge(ids);
      publishMoment({ point: 'after-ack', entries: ids.length });
    } finally {
      clearInterval(keepAlive);
      this.ticks.delete(ids);
      this.troubles.delete(ids);
      this.endedMs = this.parts.clock.nowMs();
      for (const id of ids) this.inHand.delete(id);
    }
  }

  private keepClaims(entries: readonly StreamEntry[]): void {
    if (entries.length === 0) return;
    this.parts.reader
      .keepClaims(entries.map(({ id }) => id))
      .catch((error: unknown) =>
        this.parts.log.warn({ err: error }, 'Entries that are being stored could not be kept'),
      );
  }

  private async untilDone(
    batch: readonly string[],
    storeOnce: () => Promise<void>,
    { signal, tick }: { signal: AbortSignal; tick: () => void },
  ): Promise<void> {
    for (let failures = 0; ; failures++) {
      tick();
      try {
        return await storeOnce();
      } catch (error) {
        if (signal.aborted) throw error;
        const kind = failureKindOf(error);
        if (this.troubles.get(batch)?.kind !== kind)
          this.troubles.set(batch, { kind, sinceMs: this.parts.clock.nowMs() });
        this.parts.listener.failed(kind);
        this.sayFailure(error, kind, batch.length);
        await sleep(pauseAfterMs(kind, failures), undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private sayFailure(error: unknown, kind: FailureKind, entries: number): void {
    if (!this.maySay.allows(this.parts.clock.nowMs())) return;
    if (kind === 'schema') {
      this.parts.log.error(
        { err: error, entries },
        'Stopped storing: the database schema is not of this version',
      );
    } else if (kind === 'breaker') {
      this.parts.log.error({ err: error, entries }, 'Stopped storing: too many events fail that should not');
    } else this.parts.log.warn({ err: error, entries }, 'Entries are not stored yet, trying again');
  }
}
