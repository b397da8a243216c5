import { formatTime, parseTime } from '../merging/event-time.ts';
import { storableText } from '../merging/observed-text.ts';
import { durationMs, timeText } from './times-sql.ts';
import type { TraceQuery } from './trace-query.ts';

/** The end that is known: the trace's own, else, once it counts as ended, that of its last root observation. */
const END = `coalesce(t.end_time, CASE WHEN t.status <> 'running' THEN t.inferred_end_time END)`;

export const TRACE_COLUMNS = `
  t.project_id, t.id, t.original_id, t.name, t.user_id, t.session_id, t.tags, t.environment, t.version, t.instance_id,
  ${timeText('t.start_time')} AS start_time, ${timeText(END)} AS end_time,
  t.end_time IS NULL AND ${END} IS NOT NULL AS end_time_inferred, ${durationMs('t.start_time', END)} AS duration_ms,
  t.status::text, t.level::text, t.status_message, t.observation_count, t.error_count,
  t.input_tokens::float8, t.output_tokens::float8, t.total_tokens::float8,
  t.input_cost::float8, t.output_cost::float8, t.total_cost::float8,
  ${timeText('t.last_received_at')} AS last_activity_at, ${timeText('t.received_at')} AS received_at, t.marks`;

/** A statement and its parameters. */
export interface BoundSql {
  sql: string;
  parameters: unknown[];
}

/** Key of the last row of the page before: start time and id. */
export type TracePosition = readonly [startTime: string, id: string];

const EQUAL = ['user_id', 'session_id', 'name', 'environment', 'version'] as const;

/** One page of a project's traces, newest first, and one row more to know whether there is another. */
export function traceListSql(
  projectId: string,
  query: TraceQuery,
  page: { limit: number; after: TracePosition | null },
): BoundSql {
  const parameters: unknown[] = [projectId];
  const bind = (value: unknown): string => `$${String(parameters.push(value))}`;
  const conditions = ['t.project_id = $1'];
  for (const column of EQUAL) {
    const value = query[column];
    if (value !== undefined) conditions.push(`t.${column} = ${bind(storableText(value))}`);
  }
  // Spelled out, not bound: only then the planner may use the partial indexes. The values are of a fixed few.
  if (query.status !== undefined) conditions.push(`t.status = '${query.status}'`);
  if (query.level !== undefined) conditions.push(`t.level = '${query.level}'`);
  // In this form the index on tags serves it.
  if (query.tag !== undefined) conditions.push(`t.tags @> ARRAY[${bind(storableText(query.tag))}::text]`);
  if (query.from !== undefined) conditions.push(`t.start_time >= ${bind(utcText(query.from))}::timestamptz`);
  if (query.to !== undefined) conditions.push(`t.start_time < ${bind(utcText(query.to))}::timestamptz`);
  if (query.min_duration_ms !== undefined) {
    conditions.push(`t.duration_ms >= ${bind(query.min_duration_ms)}::float8`);
  }
  if (page.after !== null) {
    const [startTime, id] = page.after;
    conditions.push(`(t.start_time, t.id) < (${bind(startTime)}::timestamptz, ${bind(id)}::uuid)`);
  }
  const sql = `SELECT ${TRACE_COLUMNS} FROM traces t WHERE ${conditions.join(' AND ')}
    ORDER BY t.start_time DESC, t.id DESC LIMIT ${bind(page.limit + 1)}`;
  return { sql, parameters };
}

/** Our own spelling of a time: PostgreSQL would read one without an offset in the session's zone. */
function utcText(text: string): string {
  const time = parseTime(text);
  return time === null ? text : formatTime(time);
}
