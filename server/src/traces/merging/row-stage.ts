import type { ClientBase } from 'pg';
import type { EntityManager } from 'typeorm';
import { copyRows } from './copy-rows.ts';
import { CopyTuples } from './copy-tuples.ts';
import type { RowColumn } from './row-columns.ts';

/** Rows to merge, and the statements that do it: those of one table. */
export interface StagedTable<R> {
  /** Of the stage, below `pg_temp`. */
  readonly stage: string;
  readonly columns: readonly RowColumn<R>[];
  /** Merges what is in the stage. */
  readonly upsertSql: string;
}

/**
 * Takes many rows to the database at once: binary COPY into a temporary table of the connection, from where one
 * statement merges them. The tables are emptied by every commit, and here before each use, because a transaction that
 * found bad rows comes again with parts of them.
 */
export class RowStage {
  private readonly createSql: string;
  private readonly emptySql: string;
  private readonly lastStage: string;

  constructor(tables: readonly Pick<StagedTable<never>, 'stage' | 'columns'>[]) {
    this.createSql = tables.map(createStage).join(';');
    this.emptySql = tables.map(({ stage }) => `DELETE FROM pg_temp.${stage}`).join(';');
    this.lastStage = tables.at(-1)?.stage ?? '';
  }

  /** Makes the stages where this connection does not have them (a rollback takes them away), and empties them. */
  async prepare(client: ClientBase): Promise<void> {
    const known = await client.query<{ is_there: boolean }>(
      'SELECT to_regclass($1) IS NOT NULL AS is_there',
      [`pg_temp.${this.lastStage}`],
    );
    await client.query(known.rows[0]?.is_there === true ? this.emptySql : this.createSql);
  }

  async merge<R>(client: ClientBase, table: StagedTable<R>, rows: readonly R[]): Promise<void> {
    if (rows.length === 0) return;
    const tuples = new CopyTuples();
    for (const row of rows) tuples.addRow(row, table.columns);
    const names = table.columns.map(({ column }) => column).join(',');
    await copyRows(client, `COPY pg_temp.${table.stage} (${names}) FROM STDIN (FORMAT binary)`, tuples.end());
    await client.query({ name: `merge_${table.stage}`, text: table.upsertSql });
  }
}

/** Stored outside and not compressed: it is compressed where it goes next. */
function createStage({ stage, columns }: Pick<StagedTable<never>, 'stage' | 'columns'>): string {
  const list = columns.map(({ column, pgType }) => `${column} ${pgType}`).join(',');
  const isLarge = columns.some(({ column }) => column === 'body');
  return [
    `CREATE TEMP TABLE ${stage} (${list}) ON COMMIT DELETE ROWS`,
    ...(isLarge ? [`ALTER TABLE pg_temp.${stage} ALTER COLUMN body SET STORAGE EXTERNAL`] : []),
  ].join(';');
}

/** The connection of a manager's transaction; null outside one. */
export async function clientOf(manager: EntityManager): Promise<ClientBase | null> {
  const client: unknown = await manager.queryRunner?.connect();
  return isClient(client) ? client : null;
}

function isClient(value: unknown): value is ClientBase {
  return typeof value === 'object' && value !== null && 'query' in value && 'getTypeParser' in value;
}
