import { LEVELS, type Level } from 'swisper-studio/contract';
import { formatTime, timeFromMs } from './event-time.ts';
import { laterVersion, type Version } from './event-version.ts';
import type { MergeEvent, RegisterValue } from './merge-event.ts';
import { isRegister, type MergeTable } from './merge-fields.ts';

/** A written register. Only `start_time` may be without version: then it is the earliest time known. */
export interface Register {
  readonly value: RegisterValue;
  readonly version: Version | null;
}

/** A trace or observation as far as it is known: what any set of events, in any order, amounts to. */
export interface MergedRow {
  readonly key: readonly string[];
  readonly originalId: string | null;
  readonly registers: ReadonlyMap<string, Register>;
  readonly startVersion: Version | null;
  readonly endVersion: Version | null;
  readonly level: Level | null;
  readonly marks: ReadonlySet<string>;
  readonly receivedMs: number;
  readonly lastReceivedMs: number;
}

/** What one event says about the row it is about. */
export function rowOfEvent(event: MergeEvent): MergedRow {
  const registers = new Map<string, Register>([['start_time', { value: event.earliest, version: null }]]);
  for (const { column, value, version } of event.writes) registers.set(column, { value, version });
  const { projectId, trace, observation } = event;
  return {
    key: observation === null ? [projectId, trace.id] : [projectId, trace.id, observation.id],
    originalId: observation === null ? trace.originalId : observation.originalId,
    registers,
    startVersion: event.startVersion,
    endVersion: event.endVersion,
    level: event.level,
    marks: new Set(event.marks),
    receivedMs: event.receivedMs,
    lastReceivedMs: event.receivedMs,
  };
}

/** What an observation's event says about its trace: that there is one, and since when at the latest. */
export function traceStubOf(event: MergeEvent): MergedRow {
  return {
    key: [event.projectId, event.trace.id],
    originalId: event.trace.originalId,
    registers: new Map([['start_time', { value: event.earliest, version: null }]]),
    startVersion: null,
    endVersion: null,
    level: null,
    marks: new Set(),
    receivedMs: event.receivedMs,
    lastReceivedMs: event.receivedMs,
  };
}

/** Both rows in one; commutative, associative, idempotent. */
export function mergeRows(one: MergedRow, other: MergedRow): MergedRow {
  const registers = new Map(one.registers);
  for (const [column, register] of other.registers) {
    const known = registers.get(column);
    registers.set(column, known === undefined ? register : laterRegister(known, register));
  }
  return {
    key: one.key,
    originalId: one.originalId ?? other.originalId,
    registers,
    startVersion: laterVersion(one.startVersion, other.startVersion),
    endVersion: laterVersion(one.endVersion, other.endVersion),
    level: moreSevere(one.level, other.level),
    marks: new Set([...one.marks, ...other.marks]),
    receivedMs: Math.min(one.receivedMs, other.receivedMs),
    lastReceivedMs: Math.max(one.lastReceivedMs, other.lastReceivedMs),
  };
}

function laterRegister(one: Register, other: Register): Register {
  if (one.version === null && other.version === null) return one.value <= other.value ? one : other;
  if (one.version === null) return other;
  return other.version !== null && other.version > one.version ? other : one;
}

export function moreSevere(one: Level | null, other: Level | null): Level | null {
  if (one === null || other === null) return one ?? other;
  return LEVELS.indexOf(one) >= LEVELS.indexOf(other) ? one : other;
}

/** The row as the columns of its table, in the one form all orders of its events end in. */
export function recordOf(row: MergedRow, merge: MergeTable): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  merge.key.forEach((column, index) => (record[column] = row.key[index]));
  for (const { column } of merge.fields.filter(isRegister)) {
    record[column] = row.registers.get(column)?.value ?? null;
  }
  record['original_id'] = row.originalId;
  record[merge.table === 'traces' ? 'own_level' : 'level'] = row.level;
  record['marks'] = [...row.marks].sort();
  record['received_at'] = formatTime(timeFromMs(row.receivedMs));
  record['last_received_at'] = formatTime(timeFromMs(row.lastReceivedMs));
  record['start_version'] = bytea(row.startVersion);
  record['end_version'] = bytea(row.endVersion);
  record['versions'] = ownVersions(row, merge);
  return record;
}

const bytea = (version: Version | null): string | null => (version === null ? null : `\\x${version}`);

/** Versions of the registers that differ from their group's; null when there is none. */
function ownVersions(row: MergedRow, merge: MergeTable): Record<string, Version> | null {
  const versions: Record<string, Version> = {};
  for (const { column, group } of merge.fields) {
    const version = row.registers.get(column)?.version ?? null;
    const groupVersion = group === 'start' ? row.startVersion : row.endVersion;
    if (version !== null && version !== groupVersion) versions[column] = version;
  }
  return Object.keys(versions).length === 0 ? null : versions;
}
