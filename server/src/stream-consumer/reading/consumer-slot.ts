import { hostname } from 'node:os';
import type { DataSource } from 'typeorm';
import { ADVISORY_LOCKS } from '../../database/advisory-locks.ts';
import { ProcessLocks } from '../../database/process-locks.ts';

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
  const locks = new ProcessLocks(dataSource, ADVISORY_LOCKS.consumerSlot);
  for (let slot = 1; slot <= MAX_SLOTS; slot++) {
    const name = `${host}-${String(slot)}`;
    if (await locks.tryTake(name)) return { name, release: () => release(locks, name) };
  }
  await locks.close();
  throw new Error(`${String(MAX_SLOTS)} consumers run on ${host} already`);
}

async function release(locks: ProcessLocks, name: string): Promise<void> {
  await locks.release(name).catch(() => undefined);
  await locks.close();
}
