import pg from 'pg';
import { DataSource } from 'typeorm';
import { MIGRATIONS } from '../../../migrations/index.ts';

export const TEMPLATE_DATABASE = 'studio_template';

/** Makes the migrated database that every test database is a copy of. */
export async function createTemplate(url: string): Promise<void> {
  await onServer(url, (client) => client.query(`CREATE DATABASE ${TEMPLATE_DATABASE}`));
  const source = new DataSource({
    type: 'postgres',
    url: databaseUrl(url, TEMPLATE_DATABASE),
    migrations: MIGRATIONS,
  });
  await source.initialize();
  await source.runMigrations({ transaction: 'each' });
  await source.destroy();
}

export function databaseUrl(url: string, database: string): string {
  const copy = new URL(url);
  copy.pathname = `/${database}`;
  return copy.toString();
}

export async function onServer<T>(url: string, run: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}
