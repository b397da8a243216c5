import { ADVISORY_LOCKS } from '../../database/advisory-locks.ts';

/** Most traces one step adds up. */
export const TRACES_PER_STEP = 500;
/** Above this many observations a trace is large: its marks wait until `next_rollup_at`. */
const LARGE_OBSERVATIONS = 1_000;
const LARGE_EVERY_MS = 5_000;
/** Beyond 5,000 observations the pause grows with the trace, so that none ever costs more than one percent of a core. */
const LARGE_PAUSE_MS_PER_OBSERVATION = 1;
/** What the sums of a trace are clamped to: numbers JSON readers take exactly. */
const TOKENS_MAX = '9007199254740991';
/** What one observation may report; more is a mistake that must not stop the sums. */
const ONE_TOKENS_MAX = '1e15';
const ONE_COST_MAX = '1e12';
const COST_DECIMALS = '12';

/** One process adds up at a time: two would only wait for each other's rows. Ends with the transaction. */
export const TAKE_TURN = `SELECT pg_try_advisory_xact_lock(${String(ADVISORY_LOCKS.rollup)}) AS taken`;

/**
 * Marks after a position in key order. A large trace's wait until it is due (`$3`: now) or has ended since it was
 * added up last. `observations` is what was counted then.
 */
export const READ_MARKS = `
  SELECT m.project_id, m.trace_id, m.mark::text, coalesce(t.observation_count, 0) AS observations
  FROM trace_rollup_marks m LEFT JOIN traces t ON t.project_id = m.project_id AND t.id = m.trace_id
  WHERE (m.project_id, m.trace_id) > ($1::uuid, $2::uuid)
    AND (t.next_rollup_at IS NULL OR t.next_rollup_at <= $3 OR (t.end_time IS NOT NULL AND t.status = 'running'))
  ORDER BY m.project_id, m.trace_id LIMIT ${String(TRACES_PER_STEP)}`;

/** Keys of traces; `is_open`: without an end, so that its roots decide. */
const KEYS = `json_to_recordset($1::json) AS k(project_id uuid, trace_id uuid, is_open boolean)`;

export const LOCK_TRACES = `
  SELECT t.project_id, t.id AS trace_id, t.instance_id, t.end_time IS NOT NULL AS has_end, t.reported_status,
         t.own_level::text, extract(epoch FROM t.last_received_at)::float8 * 1000 AS last_received_ms
  FROM traces t JOIN ${KEYS} ON t.project_id = k.project_id AND t.id = k.trace_id
  ORDER BY t.project_id, t.id FOR UPDATE OF t`;

/** A number of a JSON object; null where there is none, clamped where it cannot be meant. */
const numberIn = (column: 'usage' | 'cost', key: string): string =>
  `CASE WHEN jsonb_typeof(o.${column}->'${key}') = 'number' THEN ` +
  `least(greatest((o.${column}->'${key}')::numeric, 0), ${column === 'usage' ? ONE_TOKENS_MAX : ONE_COST_MAX}) END`;

/** The total as reported, else what was reported of its parts. */
const totalOf = (column: 'usage' | 'cost'): string =>
  `coalesce(${numberIn(column, 'total')}, ${numberIn(column, 'input')} + ${numberIn(column, 'output')}, ` +
  `${numberIn(column, 'input')}, ${numberIn(column, 'output')})`;

/** Most observations tell nothing: one look decides. */
const told = (column: 'usage' | 'cost', value: string): string =>
  `CASE WHEN o.${column} IS NOT NULL THEN ${value} END`;

/** Not `least(sum, max)`, which is the maximum where there is no sum. */
const tokens = (value: string): string => {
  const sum = `sum(round(${told('usage', value)}))`;
  return `CASE WHEN ${sum} > ${TOKENS_MAX} THEN ${TOKENS_MAX} ELSE ${sum} END::bigint::text`;
};
const cost = (value: string): string =>
  `trim_scale(round(sum(${told('cost', value)}), ${COST_DECIMALS}))::text`;

/**
 * Parents are looked up in open traces only: a null is looked up nowhere, and ended traces do not ask for roots.
 * `OFFSET 0` keeps the lookup on the whole key; without it the planner walks a trace once per observation.
 */
export const AGGREGATE = `
  SELECT o.project_id, o.trace_id, count(*)::int AS observations, max(o.level)::text AS level,
         count(*) FILTER (WHERE failed)::int AS errors,
         count(*) FILTER (WHERE is_root)::int AS roots,
         count(*) FILTER (WHERE is_root AND o.end_time IS NULL)::int AS open_roots,
         count(*) FILTER (WHERE is_root AND failed)::int AS failed_roots,
         count(*) FILTER (WHERE is_root AND NOT failed AND o.reported_status = 'interrupted')::int AS interrupted_roots,
         max(o.end_time) FILTER (WHERE is_root)::text AS last_root_end,
         ${tokens(numberIn('usage', 'input'))} AS input_tokens, ${tokens(numberIn('usage', 'output'))} AS output_tokens,
         ${tokens(totalOf('usage'))} AS total_tokens,
         ${cost(numberIn('cost', 'input'))} AS input_cost, ${cost(numberIn('cost', 'output'))} AS output_cost,
         ${cost(totalOf('cost'))} AS total_cost
  FROM (SELECT o.project_id, o.trace_id, o.level, o.reported_status, o.end_time, o.usage, o.cost,
               CASE WHEN k.is_open THEN o.parent_observation_id END AS parent_id
        FROM ${KEYS} JOIN observations o ON o.project_id = k.project_id AND o.trace_id = k.trace_id OFFSET 0) o
  LEFT JOIN observations p ON p.project_id = o.project_id AND p.trace_id = o.trace_id AND p.id = o.parent_id
  CROSS JOIN LATERAL (SELECT p.id IS NULL AS is_root,
    coalesce(o.level = 'ERROR', false) OR coalesce(o.reported_status = 'error', false) AS failed) f
  GROUP BY o.project_id, o.trace_id`;

/** Columns the roll-up owns, beside `duration_ms`, which follows from them. */
const ROLLED_UP = {
  status: 'trace_status',
  level: 'observation_level',
  observation_count: 'int',
  error_count: 'int',
  inferred_end_time: 'timestamptz',
  input_tokens: 'bigint',
  output_tokens: 'bigint',
  total_tokens: 'bigint',
  input_cost: 'numeric',
  output_cost: 'numeric',
  total_cost: 'numeric',
  next_rollup_at: 'timestamptz',
} as const;

/** What a step writes: one record of this shape per trace. */
export type RolledUp = Record<keyof typeof ROLLED_UP | 'project_id' | 'trace_id', unknown>;

const columns = Object.keys(ROLLED_UP);
const DURATION =
  `(extract(epoch FROM coalesce(t.end_time, CASE WHEN r.status <> 'running' THEN r.inferred_end_time END) ` +
  `- t.start_time) * 1000)::float8`;

const START_HOUR = `date_trunc('hour', t.start_time, 'UTC')`;
const RECORDS = `
  json_to_recordset($1::json) AS r(project_id uuid, trace_id uuid,
       ${Object.entries(ROLLED_UP)
         .map(([column, type]) => `${column} ${type}`)
         .join(', ')})`;

const HOUR_SUMS = [
  'traces',
  'errors',
  'observations',
  'input_tokens',
  'output_tokens',
  'total_tokens',
  'total_cost',
];

/** What a trace adds to its hour, as it is stored (`t`) or as it will be (`r`); in the order of `HOUR_SUMS`. */
const shareOf = (side: 't' | 'r', sign: '' | '-'): string =>
  [
    '1',
    `(${side}.status = 'error')::int`,
    `${side}.observation_count`,
    ...['input_tokens', 'output_tokens', 'total_tokens', 'total_cost'].map(
      (column) => `coalesce(${side}.${column}, 0)::numeric`,
    ),
  ]
    .map((value) => `${sign}${value}`)
    .join(', ');

/**
 * Takes from the hours what these traces were and adds what they will be; before `UPDATE_TRACES`. Exact, because the
 * traces' rows are locked and say what was counted of them, and in which hour.
 */
export const COUNT_HOURS = `
  INSERT INTO project_hours AS h (project_id, hour, ${HOUR_SUMS.join(', ')})
  SELECT t.project_id, share.hour, ${HOUR_SUMS.map((column) => `sum(share.${column})`).join(', ')}
  FROM ${RECORDS} JOIN traces t ON t.project_id = r.project_id AND t.id = r.trace_id
  CROSS JOIN LATERAL (VALUES (t.counted_hour, ${shareOf('t', '-')}), (${START_HOUR}, ${shareOf('r', '')}))
    AS share (hour, ${HOUR_SUMS.join(', ')})
  WHERE share.hour IS NOT NULL
  GROUP BY t.project_id, share.hour
  HAVING (${HOUR_SUMS.map((column) => `sum(share.${column})`).join(', ')}) <> (${HOUR_SUMS.map(() => '0').join(', ')})
  ORDER BY t.project_id, share.hour
  ON CONFLICT (project_id, hour) DO UPDATE
  SET ${HOUR_SUMS.map((column) => `${column} = h.${column} + excluded.${column}`).join(', ')}`;

export const UPDATE_TRACES = `
  UPDATE traces t SET ${columns.map((column) => `${column} = r.${column}`).join(', ')}, duration_ms = ${DURATION},
         counted_hour = ${START_HOUR}
  FROM ${RECORDS}
  WHERE t.project_id = r.project_id AND t.id = r.trace_id
    AND (${columns.map((column) => `t.${column}`).join(', ')}, t.duration_ms, t.counted_hour)
        IS DISTINCT FROM (${columns.map((column) => `r.${column}`).join(', ')}, ${DURATION}, ${START_HOUR})`;

/** Only marks that are what they were: a later one tells of changes this step may not have seen. */
export const CLEAR_MARKS = `
  DELETE FROM trace_rollup_marks m
  USING json_to_recordset($1::json) AS r(project_id uuid, trace_id uuid, mark bigint)
  WHERE m.project_id = r.project_id AND m.trace_id = r.trace_id AND m.mark = r.mark`;

/** When a trace with so many observations may be added up again; null: with the next step. */
export function nextRollupAt(observations: number, nowMs: number): Date | null {
  if (observations <= LARGE_OBSERVATIONS) return null;
  return new Date(nowMs + Math.max(LARGE_EVERY_MS, observations * LARGE_PAUSE_MS_PER_OBSERVATION));
}
