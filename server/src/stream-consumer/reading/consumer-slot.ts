import { hostname } from 'node:os';
import type { DataSource } from 'typeorm';
import { ADVISORY_LOCKS } from '../../database/advisory-locks.ts';

const MAX_SLOTS = 1_000;

/** A consumer name no other process of this host uses now. */
export interface ConsumerSlot {
  readonly name: string;
  release(): Promise<void>;
}

/**
 * Takes the first free `<host>-<n>`, so that a process that starts again finds its own pending entries. The slot is an
 * advisory lock on a connection of its own. Should that connection break, the name is kept: two consumers of one name
 * do some work twice and lose none.
 */
export async function takeConsumerSlot(dataSource: DataSource, host = hostname()): Promise<ConsumerSlot> {
  const lockRunner = dataSource.createQueryRunner();
  try {
    for (let slot = 1; slot <= MAX_SLOTS; slot++) {
      const name = `${host}-${String(slot)}`;
      const answer: unknown = await lockRunner.query(
        'SELECT pg_try_advisory_lock($1, hashtext($2)) AS taken',
        [ADVISORY_LOCKS.consumerSlot, name],
      );
      if (isTaken(answer)) return { name, release: () => release(lockRunner, name) };
    }
  } catch (error) {
    await lockRunner.release();
    throw error;
  }
  await lockRunner.release();
  throw new Error(`${String(MAX_SLOTS)} consumers run on ${host} already`);
}

async function release(lockRunner: ReturnType<DataSource['createQueryRunner']>, name: string): Promise<void> {
  if (lockRunner.isReleased) return;
  await lockRunner
    .query('SELECT pg_advisory_unlock($1, hashtext($2))', [ADVISORY_LOCKS.consumerSlot, name])
    .catch(() => undefined);
  await lockRunner.release();
}

function isTaken(answer: unknown): boolean {
  return Array.isArray(answer) && answer.some((row: { taken?: unknown }) => row.taken === true);
}
