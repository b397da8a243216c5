import type { EntryOutcome } from './entry-outcome.ts';
import type { KeptLetters, Refused } from '../refused/dead-letter-store.ts';
import type { StorableEvent } from '../decoding/entry-decoder.ts';
import type { BatchFaults } from './breaker.ts';
import type { PreparedEntry } from './entry-preparer.ts';

/** What became of a batch's entries and events. */
export interface BatchFates {
  /** Ids of entries that had been stored before. */
  readonly known: ReadonlySet<string>;
  readonly refused: readonly Refused[];
  /** Those of the refused that the database refused. */
  readonly failed: readonly Refused[];
  /** `project/trace` of traces that began while tracing was off. */
  readonly switchedOff: ReadonlySet<string>;
}

/** What became of a batch. */
export interface StoredBatch extends BatchFates {
  readonly letters: KeptLetters;
}

const SWITCHED_OFF = 'off';
/** The decoder's own mistake, not the entry's. */
const DECODER_FAILED = 'decoder_failed';
/** The sender's mistake, which only the database looks for. */
const NOT_JSON = 'invalid_json';

export const traceKeyOf = ({ event }: StorableEvent): string => `${event.projectId}/${event.trace.id}`;

/** Every entry with what each of its events came to. */
export function outcomesOf(entries: readonly PreparedEntry[], batch: BatchFates): EntryOutcome[] {
  const reasons = new Map<string, Map<number, string>>();
  for (const { entryId, index, reason } of batch.refused) {
    const ofEntry = reasons.get(entryId) ?? new Map<number, string>();
    reasons.set(entryId, ofEntry.set(index, reason));
  }
  return entries.map(({ identity, receivedMs, counters, events }) => {
    const off =
      batch.switchedOff.size === 0 ? [] : events.filter((e) => batch.switchedOff.has(traceKeyOf(e)));
    return {
      ...identity,
      receivedMs,
      counters,
      rejected: reasons.get(identity.entryId) ?? new Map<number, string>(),
      switchedOff: new Map(off.map(({ index }) => [index, SWITCHED_OFF])),
    };
  });
}

/** What of a batch points at a fault of ours. */
export function faultsOf(entries: readonly PreparedEntry[], batch: BatchFates): BatchFaults {
  const events = new Map<string, number>();
  const faults = new Map<string, number>();
  for (const { identity, events: decoded, graphs, refused, activity } of entries) {
    if (activity === null || batch.known.has(identity.entryId)) continue;
    add(events, identity.projectId, decoded.length + graphs.length + refused.length);
    add(faults, identity.projectId, refused.filter(({ reason }) => reason === DECODER_FAILED).length);
  }
  for (const { projectId, reason } of batch.failed) if (reason !== NOT_JSON) add(faults, projectId, 1);
  return { events, faults };
}

function add(counts: Map<string, number>, key: string, count: number): void {
  if (count > 0) counts.set(key, (counts.get(key) ?? 0) + count);
}
