/**
 * How a column of an observed row is merged. The one table both the fold in memory and the SQL are made from.
 *
 * - `register`: last writer wins, by version. Start-owned and end-owned registers share one version per group unless
 *   `versions` holds one of their own.
 * - `start_time`: a register that, while nobody wrote it, is the earliest time known.
 * - `once`: follows from the key, so any value is the value.
 * - `greatest`, `least`: the maximum or minimum ever seen.
 * - `union`: a sorted set.
 * - `either`: true once it was true.
 */
export type MergeRule = 'register' | 'start_time' | 'once' | 'greatest' | 'least' | 'union' | 'either';

export type RegisterGroup = 'start' | 'end';

export interface MergeField {
  readonly column: string;
  readonly pgType: string;
  readonly rule: MergeRule;
  /** Owner of a register; null for everything else. */
  readonly group: RegisterGroup | null;
}

export interface MergeTable {
  readonly table: 'traces' | 'observations';
  /** Columns of the primary key, all uuid, in key order. */
  readonly key: readonly string[];
  readonly fields: readonly MergeField[];
  /** Where each column stands in `fields`. */
  readonly positions: ReadonlyMap<string, number>;
  /** Where `start_time` stands, which every row has. */
  readonly startTimeAt: number;
}

const start = (column: string, pgType = 'text'): MergeField => ({
  column,
  pgType,
  rule: 'register',
  group: 'start',
});
const end = (column: string, pgType = 'text'): MergeField => ({
  column,
  pgType,
  rule: 'register',
  group: 'end',
});
const plain = (column: string, pgType: string, rule: MergeRule): MergeField => ({
  column,
  pgType,
  rule,
  group: null,
});
const START_TIME: MergeField = {
  column: 'start_time',
  pgType: 'timestamptz',
  rule: 'start_time',
  group: 'start',
};
const ARRIVAL = [
  plain('marks', 'text[]', 'union'),
  plain('received_at', 'timestamptz', 'least'),
  plain('last_received_at', 'timestamptz', 'greatest'),
  plain('signed', 'boolean', 'either'),
];

function tableOf(table: Pick<MergeTable, 'table' | 'key' | 'fields'>): MergeTable {
  const positions = new Map(table.fields.map(({ column }, at) => [column, at]));
  return { ...table, positions, startTimeAt: table.fields.indexOf(START_TIME) };
}

export const TRACE_MERGE = tableOf({
  table: 'traces',
  key: ['project_id', 'id'],
  fields: [
    plain('original_id', 'text', 'once'),
    start('name'),
    start('user_id'),
    start('session_id'),
    start('tags', 'text[]'),
    start('environment'),
    start('version'),
    start('instance_id'),
    START_TIME,
    end('end_time', 'timestamptz'),
    end('reported_status'),
    end('status_message'),
    plain('own_level', 'observation_level', 'greatest'),
    ...ARRIVAL,
  ],
});

export const OBSERVATION_MERGE = tableOf({
  table: 'observations',
  key: ['project_id', 'trace_id', 'id'],
  fields: [
    plain('original_id', 'text', 'once'),
    start('parent_observation_id', 'uuid'),
    start('name'),
    start('type'),
    start('model'),
    start('model_parameters', 'json'),
    START_TIME,
    end('end_time', 'timestamptz'),
    end('completion_start_time', 'timestamptz'),
    end('reported_status'),
    end('status_message'),
    end('usage', 'jsonb'),
    end('cost', 'jsonb'),
    plain('level', 'observation_level', 'greatest'),
    ...ARRIVAL,
  ],
});

export const isRegister = (field: MergeField): boolean => field.group !== null;
