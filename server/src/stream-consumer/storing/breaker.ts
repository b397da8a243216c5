import type { Clock } from '../../kernel/clock.ts';

/** What a batch came to, as far as the breaker is concerned. */
export interface BatchFaults {
  /** Events that were admitted, by project. */
  readonly events: ReadonlyMap<string, number>;
  /** Those of them that failed in our decoder or in the database: what points at a fault of ours. */
  readonly faults: ReadonlyMap<string, number>;
}

/** Thrown instead of a commit: what this batch would put down as bad may well be good. */
export class BreakerOpenError extends Error {
  override readonly name = 'BreakerOpenError';
}

const WINDOW_MS = 60_000;
/** Fewer faults than these never trip it. */
const MIN_FAULTS = 50;
const MIN_SHARE = 0.5;

interface Sample extends BatchFaults {
  readonly atMs: number;
}

/**
 * Stops the consumer from turning good events into dead letters when the fault is its own (a bug, a broken database):
 * at least 50 faults and half of all events within a minute, from two projects where more than one is active. Bad
 * signatures, unknown projects and refusals by the schema do not count. It closes with the first batch that is well.
 */
export class Breaker {
  private readonly clock: Clock;
  private samples: Sample[] = [];
  private tripped = false;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /**
   * Judges a batch before its commit, which may fail: the batch is counted with {@link committed}.
   * @throws BreakerOpenError when it must not be committed
   */
  judge(batch: BatchFaults): void {
    const atMs = this.clock.nowMs();
    const isBad = sumOf(batch.faults) > 0 && isSystematic([...this.recent(atMs), batch]);
    this.tripped = isBad || (this.tripped && isSystematic([batch], 1));
    if (this.tripped) throw new BreakerOpenError('Too many events fail that should not');
  }

  /** Counts a batch that is stored. What is not committed is judged again with the next attempt: counted once. */
  committed(batch: BatchFaults): void {
    const atMs = this.clock.nowMs();
    this.samples = [...this.recent(atMs), { ...batch, atMs }];
  }

  private recent(atMs: number): Sample[] {
    return this.samples.filter((sample) => sample.atMs > atMs - WINDOW_MS);
  }
}

function isSystematic(batches: readonly BatchFaults[], minFaults = MIN_FAULTS): boolean {
  const events = batches.reduce((sum, batch) => sum + sumOf(batch.events), 0);
  const faults = batches.reduce((sum, batch) => sum + sumOf(batch.faults), 0);
  if (faults < minFaults || faults < events * MIN_SHARE) return false;
  const active = new Set(batches.flatMap((batch) => [...batch.events.keys()]));
  const failing = new Set(batches.flatMap((batch) => [...batch.faults.keys()]));
  return failing.size >= Math.min(2, active.size);
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}
