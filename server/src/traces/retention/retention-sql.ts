/** Traces one statement looks at. */
export const TRACES_PER_PAGE = 1_000;
/** Rows one statement deletes at most: short locks, and memory that does not depend on what is deleted. */
export const ROWS_PER_STATEMENT = 5_000;

export const READ_PROJECTS = `
  SELECT id, retention_days FROM projects WHERE retention_days IS NOT NULL AND deleted_at IS NULL ORDER BY id`;

/**
 * A page of a project's traces that started in a range of time, oldest first, after a position. Every row of the page is
 * a row of the index on start times, due or not, so no statement walks far.
 */
export const READ_PAGE = `
  SELECT t.id, t.start_time::text, t.observation_count, t.last_received_at < $2 AS is_due
  FROM traces t
  WHERE t.project_id = $1 AND t.start_time < $4::timestamptz AND (t.start_time, t.id) > ($3::timestamptz, $5::uuid)
  ORDER BY t.start_time, t.id LIMIT ${String(TRACES_PER_PAGE)}`;

/** Those of the traces that are still due and that nobody is writing to. */
export const LOCK_DUE = `
  SELECT id FROM traces WHERE project_id = $1 AND id = ANY ($2::uuid[]) AND last_received_at < $3
  ORDER BY id FOR UPDATE SKIP LOCKED`;

const deleteSome = (table: string): string => `
  DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM ${table} WHERE project_id = $1 AND trace_id = ANY ($2::uuid[]) LIMIT ${String(ROWS_PER_STATEMENT)}))`;

/** What hangs below a trace, in the order it goes: a crash in between leaves a list of traces that is whole. */
export const DELETE_BELOW = [deleteSome('observation_payloads'), deleteSome('observations')] as const;

export const DELETE_MARKS = `
  DELETE FROM trace_rollup_marks WHERE project_id = $1 AND trace_id = ANY ($2::uuid[])`;
export const DELETE_TRACES = `DELETE FROM traces WHERE project_id = $1 AND id = ANY ($2::uuid[])`;
