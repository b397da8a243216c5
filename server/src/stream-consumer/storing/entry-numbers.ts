import { isRecord } from '../../kernel/is-record.ts';
import { isObservedId } from '../../traces/index.ts';
import type { EntryIdentity } from './entry-outcome.ts';
import { eventCountOf, type StreamEntry } from '../reading/stream-reader.ts';

const COUNTERS_MAX_BYTES = 16_384;
/** As the decoder reads them. */
const DIGITS = /^\d{1,16}$/;
/** More events than an entry can hold: its numbers are not believed. */
const EVENTS_MAX = 100_000;

export type EntryNumbers = Pick<EntryIdentity, 'instanceId' | 'firstSeq' | 'events'>;

/** What an entry without numbers counts as. */
export const WITHOUT_NUMBERS: EntryNumbers = { instanceId: null, firstSeq: null, events: 1 };

/**
 * Which numbers of which producer an entry says it has, whatever else is wrong with it. Single-event entries have none,
 * and neither has an entry whose numbers make no sense.
 */
export function numbersOf(entry: StreamEntry): EntryNumbers {
  if (!entry.fields.has('v')) return WITHOUT_NUMBERS;
  const instanceId = textOf(entry, 'instance_id');
  const seq = textOf(entry, 'seq');
  const firstSeq = DIGITS.test(seq) ? Number(seq) : 0;
  const events = eventCountOf(textOf(entry, 'n'));
  const isNumbered =
    isObservedId(instanceId) && Number.isSafeInteger(firstSeq) && firstSeq > 0 && events <= EVENTS_MAX;
  if (!isNumbered) return WITHOUT_NUMBERS;
  return { instanceId, firstSeq, events };
}

/** The producer's counters; null where there are none or they cannot be read. */
export function countersOf(entry: StreamEntry): Readonly<Record<string, unknown>> | null {
  const bytes = entry.fields.get('counters');
  if (bytes === undefined || bytes.length > COUNTERS_MAX_BYTES) return null;
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

const textOf = (entry: StreamEntry, name: string): string => entry.fields.get(name)?.toString('utf8') ?? '';
