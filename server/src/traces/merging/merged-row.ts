import { LEVELS, type Level } from 'swisper-studio/contract';
import { laterVersion, type Version } from './event-version.ts';
import type { MergeEvent, RegisterValue } from './merge-event.ts';
import type { MergeTable } from './merge-fields.ts';

/**
 * A trace or observation as far as it is known: what any set of events, in any order, amounts to. A register stands
 * where its column stands in the table's fields. Only `start_time` may have a value and no version: then it is the
 * earliest time known.
 */
export interface MergedRow {
  readonly key: readonly string[];
  readonly isSigned: boolean;
  originalId: string | null;
  readonly values: (RegisterValue | null)[];
  readonly versions: (Version | null)[];
  startVersion: Version | null;
  endVersion: Version | null;
  level: Level | null;
  /** Sorted, each once. */
  marks: readonly string[];
  receivedMs: number;
  lastReceivedMs: number;
}

const NO_MARKS: readonly string[] = [];

/** The trace or observation an event is about, of which so far only the event's earliest time is known. */
export function rowSince(event: MergeEvent, merge: MergeTable, key: readonly string[]): MergedRow {
  const size = merge.fields.length;
  const row: MergedRow = {
    key,
    isSigned: event.isSigned,
    originalId: null,
    values: new Array<RegisterValue | null>(size).fill(null),
    versions: new Array<Version | null>(size).fill(null),
    startVersion: null,
    endVersion: null,
    level: null,
    marks: NO_MARKS,
    receivedMs: event.receivedMs,
    lastReceivedMs: event.receivedMs,
  };
  row.values[merge.startTimeAt] = event.earliest;
  return row;
}

/** Adds what every event says of a row: since when it is there at the latest, and when that arrived. */
export function addSighting(row: MergedRow, event: MergeEvent, merge: MergeTable): void {
  addRegister(row, merge.startTimeAt, event.earliest, null);
  if (event.receivedMs < row.receivedMs) row.receivedMs = event.receivedMs;
  if (event.receivedMs > row.lastReceivedMs) row.lastReceivedMs = event.receivedMs;
}

/** Adds all an event says of the row it is about. Commutative, associative, idempotent. */
export function addEvent(row: MergedRow, event: MergeEvent, merge: MergeTable): void {
  addSighting(row, event, merge);
  for (const { column, value, version } of event.writes) {
    const at = merge.positions.get(column);
    if (at === undefined) throw new Error(`${merge.table} has no register ${column}`);
    addRegister(row, at, value, version);
  }
  row.startVersion = laterVersion(row.startVersion, event.startVersion);
  row.endVersion = laterVersion(row.endVersion, event.endVersion);
  row.level = moreSevere(row.level, event.level);
  if (event.marks.length > 0) row.marks = [...new Set([...row.marks, ...event.marks])].sort();
}

/** The later of two writes stays. Of two sightings, which have no version, the earlier time does. */
function addRegister(row: MergedRow, at: number, value: RegisterValue, version: Version | null): void {
  const known = row.values[at] ?? null;
  const knownVersion = row.versions[at] ?? null;
  const isLater =
    version === null
      ? knownVersion === null && (known === null || value < known)
      : knownVersion === null || version > knownVersion;
  if (!isLater) return;
  row.values[at] = value;
  row.versions[at] = version;
}

export function moreSevere(one: Level | null, other: Level | null): Level | null {
  if (one === null || other === null) return one ?? other;
  return LEVELS.indexOf(one) >= LEVELS.indexOf(other) ? one : other;
}
