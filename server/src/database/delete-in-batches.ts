import type { DataSource } from 'typeorm';
import { affectedRows } from './sql-rows.ts';

/** Rows of one statement: short locks, little log. */
const BATCH_ROWS = 5_000;

/** Which rows are deleted. */
export interface DoomedRows {
  readonly table: string;
  /** SQL behind WHERE. */
  readonly condition: string;
  readonly parameters: readonly unknown[];
}

/** Deletes rows, some at a time, each in a transaction of its own; what an abort leaves over is the next run's. */
export async function deleteInBatches(
  dataSource: DataSource,
  { table, condition, parameters }: DoomedRows,
  signal: AbortSignal,
): Promise<void> {
  const sql = `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM ${table} WHERE ${condition} LIMIT ${String(BATCH_ROWS)}))`;
  let deleted = BATCH_ROWS;
  while (deleted === BATCH_ROWS && !signal.aborted) {
    deleted = affectedRows(await dataSource.query(sql, [...parameters]));
  }
}
