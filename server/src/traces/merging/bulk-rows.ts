import type { ClientBase } from 'pg';
import type { EntityManager } from 'typeorm';
import { copyRows } from './copy-rows.ts';
import { copyData } from './copy-tuples.ts';
import type { RowColumn } from './row-columns.ts';

/** A table that many rows at a time go into. */
export interface BulkTable<R> {
  readonly table: string;
  /** Temporary table of the same columns. */
  readonly stage: string;
  readonly columns: readonly RowColumn<R>[];
  /** Merges what is in the stage into the table. */
  readonly mergeSql: string;
}

/** Adds rows that are not there yet. @throws 23505 where one is */
export async function addRows<R>(client: ClientBase, bulk: BulkTable<R>, rows: readonly R[]): Promise<void> {
  if (rows.length > 0) await copyInto(client, bulk.table, bulk.columns, rows);
}

/**
 * Merges rows with those that are there: binary COPY into a temporary table of the connection, from where one statement
 * merges them. It is emptied by every commit, and here before each use, because a transaction that found bad rows comes
 * again with parts of them.
 */
export async function mergeRows<R>(
  client: ClientBase,
  bulk: BulkTable<R>,
  rows: readonly R[],
): Promise<void> {
  if (rows.length === 0) return;
  await prepare(client, bulk);
  await copyInto(client, `pg_temp.${bulk.stage}`, bulk.columns, rows);
  await client.query({ name: `merge_${bulk.stage}`, text: bulk.mergeSql });
}

function copyInto<R>(
  client: ClientBase,
  table: string,
  columns: readonly RowColumn<R>[],
  rows: readonly R[],
): Promise<void> {
  const names = columns.map(({ column }) => column).join(',');
  return copyRows(client, `COPY ${table} (${names}) FROM STDIN (FORMAT binary)`, copyData(rows, columns));
}

/** Makes the stage where this connection does not have it (a rollback takes it away), or empties it. */
async function prepare<R>(client: ClientBase, bulk: BulkTable<R>): Promise<void> {
  const { stage } = bulk;
  const found = await client.query<{ is_there: boolean }>(
    `SELECT to_regclass('pg_temp.${stage}') IS NOT NULL AS is_there`,
  );
  await client.query(found.rows[0]?.is_there === true ? `DELETE FROM pg_temp.${stage}` : createStage(bulk));
}

/** Bodies are stored outside and not compressed: that happens where they go next. */
function createStage<R>({ stage, columns }: BulkTable<R>): string {
  const list = columns.map(({ column, pgType }) => `${column} ${pgType}`).join(',');
  const create = `CREATE TEMP TABLE ${stage} (${list}) ON COMMIT DELETE ROWS`;
  if (!columns.some(({ column }) => column === 'body')) return create;
  return `${create}; ALTER TABLE pg_temp.${stage} ALTER COLUMN body SET STORAGE EXTERNAL`;
}

/** The connection of a manager's transaction; null outside one. */
export async function clientOf(manager: EntityManager): Promise<ClientBase | null> {
  const client: unknown = await manager.queryRunner?.connect();
  return isClient(client) ? client : null;
}

function isClient(value: unknown): value is ClientBase {
  return typeof value === 'object' && value !== null && 'query' in value && 'getTypeParser' in value;
}
