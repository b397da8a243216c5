import { hostname } from 'node:os';
import type { DataSource } from 'typeorm';
import { ADVISORY_LOCKS } from '../../database/advisory-locks.ts';
import { ProcessLocks } from '../../database/process-locks.ts';

const MAX_SLOTS = 1_000;

/** A consumer name no other process of this host uses now. */
export interface ConsumerSlot {
  readonly name: string;
  /**
   * Takes the name again where the database let go of it.
   * @returns false when another process has it meanwhile
   * @throws while the database is away
   */
  keep(): Promise<boolean>;
  release(): Promise<void>;
}

/**
 * Takes the first free `<host>-<n>`, so that a process that starts again finds its own pending entries. The slot is an
 * advisory lock on a connection of its own, and gone with that: see `keep`.
 */
export async function takeConsumerSlot(dataSource: DataSource, host = hostname()): Promise<ConsumerSlot> {
  const locks = new ProcessLocks(dataSource, ADVISORY_LOCKS.consumerSlot);
  for (let slot = 1; slot <= MAX_SLOTS; slot++) {
    const name = `${host}-${String(slot)}`;
    // A connection that broke is found out by asking: only the second answer counts.
    const keep = (): Promise<boolean> => locks.tryTake(name).catch(() => locks.tryTake(name));
    if (await locks.tryTake(name)) return { name, keep, release: () => locks.close() };
  }
  await locks.close();
  throw new Error(`${String(MAX_SLOTS)} consumers run on ${host} already`);
}
