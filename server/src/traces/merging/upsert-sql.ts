import { isRegister, type MergeField, type MergeTable } from './merge-fields.ts';
import type { MergedRow } from './merged-row.ts';
import { PAYLOAD_COLUMNS, PAYLOAD_KEY, type RowColumn } from './row-columns.ts';

/** Version of a register on one side of the conflict: its own, else its group's; null: nobody wrote it. */
const versionOn = (side: 't' | 'excluded', { column, group }: MergeField): string =>
  `coalesce(decode(${side}.versions->>'${column}','hex'),${side}.${String(group)}_version)`;

const storedVersion = (field: MergeField): string => versionOn('t', field);
const sentVersion = (field: MergeField): string => versionOn('excluded', field);

const groupVersion = (group: string): string => `greatest(t.${group}_version,excluded.${group}_version)`;

function registerValue(field: MergeField): string {
  const { column } = field;
  return (
    `CASE WHEN excluded.${column} IS NULL THEN t.${column} ` +
    `WHEN t.${column} IS NULL OR ${sentVersion(field)} > ${storedVersion(field)} THEN excluded.${column} ` +
    `ELSE t.${column} END`
  );
}

function startTimeValue(field: MergeField): string {
  return (
    `CASE WHEN ${sentVersion(field)} IS NULL AND ${storedVersion(field)} IS NULL ` +
    `THEN least(t.start_time,excluded.start_time) ` +
    `WHEN ${storedVersion(field)} IS NULL OR ${sentVersion(field)} > ${storedVersion(field)} ` +
    `THEN excluded.start_time ELSE t.start_time END`
  );
}

/** Version of the value that won; start_time is never null, so the same rule holds for it. */
function winningVersion(field: MergeField): string {
  const { column } = field;
  return (
    `CASE WHEN excluded.${column} IS NULL THEN ${storedVersion(field)} ` +
    `WHEN t.${column} IS NULL THEN ${sentVersion(field)} ` +
    `ELSE greatest(${sentVersion(field)},${storedVersion(field)}) END`
  );
}

const unionOf = (column: string): string =>
  `CASE WHEN excluded.${column} <@ t.${column} THEN t.${column} ELSE ` +
  `ARRAY(SELECT m FROM unnest(t.${column}||excluded.${column}) m GROUP BY m ORDER BY m COLLATE "C") END`;

function mergedValue(field: MergeField): string {
  const { column } = field;
  switch (field.rule) {
    case 'register':
      return registerValue(field);
    case 'start_time':
      return startTimeValue(field);
    case 'once':
      return `coalesce(t.${column},excluded.${column})`;
    case 'greatest':
    case 'least':
      return `${field.rule}(t.${column},excluded.${column})`;
    case 'union':
      return unionOf(column);
    case 'either':
      return `t.${column} OR excluded.${column}`;
  }
}

/** Every register whose version is not its group's; null when there is none. Null at once when no two writers met. */
function mergedVersions(merge: MergeTable): string {
  const sameOrAlone = (group: string): string =>
    `(t.${group}_version IS NULL OR excluded.${group}_version IS NULL OR t.${group}_version=excluded.${group}_version)`;
  const own = merge.fields.filter(isRegister).map((field) => {
    const winner = winningVersion(field);
    const value = mergedValue(field);
    return (
      `'${field.column}',CASE WHEN (${value}) IS NOT NULL ` +
      `AND (${winner}) IS DISTINCT FROM ${groupVersion(String(field.group))} THEN encode(${winner},'hex') END`
    );
  });
  return (
    `CASE WHEN t.versions IS NULL AND excluded.versions IS NULL ` +
    `AND ${sameOrAlone('start')} AND ${sameOrAlone('end')} THEN NULL ` +
    `ELSE nullif(jsonb_strip_nulls(jsonb_build_object(${own.join(',')})),'{}'::jsonb) END`
  );
}

/** json has no equality; its text has. */
const comparable = (pgType: string, expression: string): string =>
  pgType === 'json' ? `(${expression})::text` : expression;

/** Where the rows to merge come from, with the columns of the table: what stands behind FROM. */
export type RowSource = string;

/** Rows that travel as one JSON array of `recordOf` results, bound as `$1`. */
export function jsonSource<R>(columns: readonly RowColumn<R>[]): RowSource {
  return `json_to_recordset($1::json) AS r(${columns.map(({ column, pgType }) => `${column} ${pgType}`).join(',')})`;
}

interface Upsert {
  table: string;
  columns: readonly string[];
  key: readonly string[];
  updates: readonly { column: string; value: string }[];
  /** Whether a row that is there changes. */
  changes: string;
}

/** In key order, so that concurrent writers wait for each other and never deadlock. */
function insertFrom(source: RowSource, { table, columns, key, updates, changes }: Upsert): string {
  const names = columns.join(',');
  return [
    `INSERT INTO ${table} AS t (${names})`,
    `SELECT ${names} FROM ${source}`,
    `ORDER BY ${key.join(',')}`,
    `ON CONFLICT (${key.join(',')}) DO UPDATE SET ${updates.map((u) => `${u.column}=${u.value}`).join(',')}`,
    `WHERE (excluded.signed OR NOT t.signed) AND (${changes})`,
  ].join('\n');
}

/**
 * `INSERT … ON CONFLICT DO UPDATE` that merges rows into their table by the rules of `merge-fields.ts`. Nothing is written
 * where nothing would change, or where what is not signed would change what is. Bound values only, no functions of
 * time.
 */
export function upsertSql(
  merge: MergeTable,
  columns: readonly RowColumn<MergedRow>[],
  source: RowSource,
): string {
  const updates = [
    ...merge.fields.map((field) => ({ ...field, value: mergedValue(field) })),
    { column: 'start_version', pgType: 'bytea', value: groupVersion('start') },
    { column: 'end_version', pgType: 'bytea', value: groupVersion('end') },
    { column: 'versions', pgType: 'jsonb', value: mergedVersions(merge) },
  ];
  return insertFrom(source, {
    table: merge.table,
    columns: columns.map(({ column }) => column),
    key: merge.key,
    updates,
    changes:
      `(${updates.map((u) => comparable(u.pgType, `t.${u.column}`)).join(',')}) ` +
      `IS DISTINCT FROM (${updates.map((u) => comparable(u.pgType, u.value)).join(',')})`,
  });
}

/** The same for payloads: of each the latest is kept whole. */
export function payloadUpsertSql(source: RowSource): string {
  const latest = (column: string): string =>
    `CASE WHEN t.version < excluded.version THEN excluded.${column} ELSE t.${column} END`;
  return insertFrom(source, {
    table: 'observation_payloads',
    columns: PAYLOAD_COLUMNS.map(({ column }) => column),
    key: PAYLOAD_KEY,
    updates: [
      { column: 'body', value: latest('body') },
      { column: 'bytes', value: latest('bytes') },
      { column: 'version', value: 'greatest(t.version,excluded.version)' },
      { column: 'signed', value: 't.signed OR excluded.signed' },
    ],
    changes: 't.version < excluded.version OR excluded.signed AND NOT t.signed',
  });
}
