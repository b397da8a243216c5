import { reportedCounters } from '../../heartbeat/index.ts';
import { WHOLE_ENTRY } from '../decoding/entry-decoder.ts';
import type { EntryOutcome } from '../storing/entry-outcome.ts';
import { type HourTally, countReason } from './account-tally.ts';
import { NumberSet } from './number-set.ts';

/** Holes remembered per producer; the oldest are closed beyond it, and their numbers stay missing. */
const MAX_HOLES = 1_000;

export interface ProducerKey {
  readonly projectId: string;
  readonly isVerified: boolean;
  readonly instanceId: string;
}

/** A producer's row as it was read. */
export interface ProducerRow extends ProducerKey {
  readonly seen: string;
  readonly highest: number;
  readonly givenUp: number;
  readonly forgottenBelow: number;
}

/** A producer's numbers while a batch is counted. */
export class ProducerState {
  readonly key: ProducerKey;
  readonly seen: NumberSet;
  highest: number;
  givenUp: number;
  forgottenBelow: number;
  /** Of the entry with the highest number of the batch; null: none of its entries was new. */
  counters: string | null = null;
  hasChanged = false;

  constructor(row: ProducerRow) {
    this.key = row;
    this.seen = NumberSet.parse(row.seen);
    this.highest = row.highest;
    this.givenUp = row.givenUp;
    this.forgottenBelow = row.forgottenBelow;
  }

  /** Counts an entry: each number once, whatever happened to its event; a number seen before is a duplicate. */
  count(outcome: EntryOutcome, first: number, tally: HourTally): void {
    const after = first + outcome.events;
    tally.received += outcome.events;
    if (!outcome.isVerified) tally.unverified += outcome.events;
    if (!this.seen.overlaps(first, after)) countAll(outcome, tally);
    else {
      for (let index = 0; index < outcome.events; index++) {
        if (this.seen.has(first + index)) tally.duplicate++;
        else countOne(outcome, index, tally);
      }
    }
    this.take(outcome, first, after);
  }

  private take(outcome: EntryOutcome, first: number, after: number): void {
    const before = this.seen.count;
    this.seen.add(first, after);
    if (this.seen.count === before) return;
    this.hasChanged = true;
    if (after - 1 >= this.highest) {
      this.highest = after - 1;
      const counters = reportedCounters(outcome.counters);
      if (counters !== null) this.counters = JSON.stringify(counters);
    }
    const forgotten = this.seen.forgetHoles(MAX_HOLES);
    this.givenUp += forgotten.count;
    this.forgottenBelow = Math.max(this.forgottenBelow, forgotten.below);
  }
}

/** Counts an entry none of whose events were counted before. */
export function countAll({ rejected, switchedOff, events }: EntryOutcome, tally: HourTally): void {
  const whole = rejected.get(WHOLE_ENTRY);
  if (whole !== undefined) return countReason(tally.rejected, whole, events);
  for (const reason of rejected.values()) countReason(tally.rejected, reason);
  for (const [index, reason] of switchedOff) {
    if (!rejected.has(index)) countReason(tally.switchedOff, reason);
  }
  let both = 0;
  if (rejected.size > 0) for (const index of switchedOff.keys()) if (rejected.has(index)) both++;
  tally.stored += events - rejected.size - switchedOff.size + both;
}

function countOne({ rejected, switchedOff }: EntryOutcome, index: number, tally: HourTally): void {
  const rejection = rejected.get(WHOLE_ENTRY) ?? rejected.get(index);
  const off = switchedOff.get(index);
  if (rejection !== undefined) countReason(tally.rejected, rejection);
  else if (off !== undefined) countReason(tally.switchedOff, off);
  else tally.stored++;
}
