import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';
import { sqlStateOf } from '../storing/data-error.ts';

/** Deadlock, serialisation failure: the database asks to do it again. */
const ASKS_AGAIN = new Set(['40P01', '40001']);
const ATTEMPTS = 5;
const PAUSE_MS = 50;

/** Runs a transaction again where it met another one in the wrong order. `work` must bear to be run several times. */
export async function retriedTransaction<T>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await dataSource.transaction('READ COMMITTED', work);
    } catch (error) {
      if (attempt === ATTEMPTS || !ASKS_AGAIN.has(sqlStateOf(error) ?? '')) throw error;
      await sleep(PAUSE_MS * attempt * (0.5 + Math.random()));
    }
  }
}
