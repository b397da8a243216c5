import type pg from 'pg';

const ROWS_PER_FETCH = 5_000;

/** Rows of a query one after the other, a page in memory at a time. Needs a transaction of its own. */
export async function* streamRows(
  client: pg.Client,
  sql: string,
  values: readonly unknown[],
): AsyncGenerator<Record<string, unknown>> {
  await client.query('BEGIN');
  try {
    await client.query(`DECLARE rows NO SCROLL CURSOR FOR ${sql}`, [...values]);
    for (;;) {
      const page = await client.query<Record<string, unknown>>(`FETCH ${String(ROWS_PER_FETCH)} FROM rows`);
      if (page.rows.length === 0) return;
      yield* page.rows;
    }
  } finally {
    await client.query('ROLLBACK');
  }
}
