import { formatTime, timeFromMs } from './event-time.ts';
import type { FoldedPayload } from './event-fold.ts';
import type { Version } from './event-version.ts';
import type { RegisterValue } from './merge-event.ts';
import { type MergeField, type MergeTable, OBSERVATION_MERGE, TRACE_MERGE } from './merge-fields.ts';
import type { MergedRow } from './merged-row.ts';

/**
 * What a column gets: a register's value (times as text), a time in ms since 1970, bytes of JSON text, or hex of a
 * `bytea`.
 */
export type ColumnValue = RegisterValue | number | boolean | Buffer | null;

/** One column of a table, and how its value is read from a folded row. */
export interface RowColumn<R> {
  readonly column: string;
  readonly pgType: string;
  readonly read: (row: R) => ColumnValue;
}

const uuidKey = (column: string, at: number): RowColumn<{ readonly key: readonly string[] }> => ({
  column,
  pgType: 'uuid',
  read: (row) => row.key[at] ?? null,
});

/** Everything a batch writes into a merged table: its key, its fields, and the versions that order them. */
function columnsOf(merge: MergeTable): readonly RowColumn<MergedRow>[] {
  return [
    ...merge.key.map(uuidKey),
    ...merge.fields.map((field, at) => ({ ...field, read: readerOf(field, at) })),
    { column: 'start_version', pgType: 'bytea', read: (row) => row.startVersion },
    { column: 'end_version', pgType: 'bytea', read: (row) => row.endVersion },
    { column: 'versions', pgType: 'jsonb', read: (row) => ownVersions(row, merge) },
  ];
}

function readerOf({ column, group }: MergeField, at: number): (row: MergedRow) => ColumnValue {
  if (group !== null) return (row) => row.values[at] ?? null;
  switch (column) {
    case 'original_id':
      return (row) => row.originalId;
    case 'level':
    case 'own_level':
      return (row) => row.level;
    case 'marks':
      return (row) => row.marks;
    case 'received_at':
      return (row) => row.receivedMs;
    case 'last_received_at':
      return (row) => row.lastReceivedMs;
    case 'signed':
      return (row) => row.isSigned;
    default:
      throw new Error(`No rule for the column ${column}`);
  }
}

/** Versions of the registers that differ from their group's; null when there is none. */
function ownVersions(row: MergedRow, merge: MergeTable): Record<string, Version> | null {
  let versions: Record<string, Version> | null = null;
  for (let at = 0; at < row.versions.length; at++) {
    const version = row.versions[at] ?? null;
    const field = merge.fields[at];
    if (version === null || field === undefined) continue;
    if (version === (field.group === 'start' ? row.startVersion : row.endVersion)) continue;
    versions ??= {};
    versions[field.column] = version;
  }
  return versions;
}

export const TRACE_COLUMNS = columnsOf(TRACE_MERGE);
export const OBSERVATION_COLUMNS = columnsOf(OBSERVATION_MERGE);

export const PAYLOAD_KEY = ['project_id', 'trace_id', 'observation_id', 'kind'];
export const PAYLOAD_COLUMNS: readonly RowColumn<FoldedPayload>[] = [
  ...PAYLOAD_KEY.slice(0, 3).map(uuidKey),
  { column: 'kind', pgType: 'text', read: (payload) => payload.kind },
  { column: 'body', pgType: 'json', read: (payload) => payload.bytes },
  { column: 'bytes', pgType: 'integer', read: (payload) => payload.bytes.length },
  { column: 'version', pgType: 'bytea', read: (payload) => payload.version },
  { column: 'signed', pgType: 'boolean', read: (payload) => payload.isSigned },
];

/** A row as an object `json_to_recordset` reads. */
export function recordOf<R>(row: R, columns: readonly RowColumn<R>[]): Record<string, unknown> {
  return Object.fromEntries(
    columns.map((column) => [column.column, jsonForm(column.read(row), column.pgType)]),
  );
}

function jsonForm(value: ColumnValue, pgType: string): ColumnValue {
  if (pgType === 'timestamptz' && typeof value === 'number') return formatTime(timeFromMs(value));
  return pgType === 'bytea' && typeof value === 'string' ? `\\x${value}` : value;
}
