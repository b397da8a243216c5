import { MIGRATIONS } from '@swisper-studio/migrations';
import { DataSource } from 'typeorm';
import { systemClock } from '../kernel/clock.ts';
import { isRecord } from '../kernel/is-record.ts';
import { ADVISORY_LOCKS } from './advisory-locks.ts';
import { connectWhenReachable } from './connect.ts';

/** The newest migration's name: once it is in the `migrations` table, the schema is this version's. */
export const LATEST_MIGRATION = new (MIGRATIONS.at(-1) ?? missingMigrations())().name;

/** Whether nothing is left to migrate, for a start like most; false where nobody can tell. */
export async function isMigrated(dataSource: DataSource): Promise<boolean> {
  const names = MIGRATIONS.map((migration) => new migration().name);
  try {
    const found: unknown = await dataSource.query(
      'SELECT count(DISTINCT name)::int AS applied FROM migrations WHERE name = ANY($1)',
      [names],
    );
    return Array.isArray(found) && isRecord(found[0]) && found[0]['applied'] === names.length;
  } catch {
    return false;
  }
}

interface MigrationLog {
  log(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/**
 * Brings the schema up to date, on a connection of its own without statement time-out. Waits for a database that is
 * not there yet, and for another replica that is migrating.
 */
export async function migrate(databaseUrl: string, log: MigrationLog, signal: AbortSignal): Promise<void> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: databaseUrl,
    migrations: MIGRATIONS,
    migrationsTransactionMode: 'each',
    poolSize: 2,
    applicationName: 'swisper-studio-migrate',
  });
  await connectWhenReachable(dataSource, { clock: systemClock, log, signal });
  try {
    const names = await runUnderLock(dataSource);
    if (names.length > 0) log.log({ migrations: names }, 'Migrated the database');
  } finally {
    await dataSource.destroy();
  }
}

async function runUnderLock(dataSource: DataSource): Promise<string[]> {
  const lockRunner = dataSource.createQueryRunner();
  try {
    await lockRunner.query('SELECT pg_advisory_lock($1)', [ADVISORY_LOCKS.migration]);
    const applied = await dataSource.runMigrations();
    return applied.map((migration) => migration.name);
  } finally {
    await lockRunner.query('SELECT pg_advisory_unlock($1)', [ADVISORY_LOCKS.migration]);
    await lockRunner.release();
  }
}

function missingMigrations(): never {
  throw new Error('There are no migrations');
}
