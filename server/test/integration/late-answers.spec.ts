import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { BoundedClient } from '../../src/database/bounded-client.ts';
import { clientOf } from '../../src/traces/merging/bulk-rows.ts';
import { copyRows } from '../../src/traces/merging/copy-rows.ts';
import { eventually } from '../harness/eventually.ts';
import { createDatabase } from '../harness/services.ts';

/** Far more than an answer needs, wherever the tests run. */
const ANSWER_TIMEOUT_MS = 10_000;
let database: Awaited<ReturnType<typeof createDatabase>>;
let dataSource: DataSource;

beforeEach(async () => {
  database = await createDatabase();
  dataSource = await new DataSource({
    type: 'postgres',
    url: database.url,
    poolSize: 1,
    extra: { Client: BoundedClient, query_timeout: ANSWER_TIMEOUT_MS },
  }).initialize();
  await dataSource.query('CREATE TABLE noted (word text)');
});
afterEach(async () => {
  await dataSource.destroy();
  await database.drop();
});

const words = (): Promise<unknown> => dataSource.query('SELECT word FROM noted ORDER BY word');

/** Holds what others then wait for. @returns lets it go, and resolves once nobody is in the middle of anything */
async function hold(lockSql: string): Promise<() => Promise<void>> {
  const other = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  const locker = other.createQueryRunner();
  await locker.startTransaction();
  await locker.query(lockSql);
  const busySql = `SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'`;
  return async () => {
    await locker.rollbackTransaction();
    await eventually(
      () => locker.query(busySql),
      (busy) => Array.isArray(busy) && busy.length === 0,
    );
    await other.destroy();
  };
}

test('a transaction whose answer did not come in time is not continued by who gets the connection next', async () => {
  const letGo = await hold('SELECT pg_advisory_xact_lock(1)');
  const hung = dataSource.transaction(async (manager) => {
    await manager.query(`INSERT INTO noted VALUES ('given up')`);
    await manager.query('SELECT pg_advisory_xact_lock(1)');
  });
  await expect(hung).rejects.toThrow('Query read timeout');
  await letGo();
  await dataSource.transaction((manager) => manager.query(`INSERT INTO noted VALUES ('kept')`));
  expect(await words()).toEqual([{ word: 'kept' }]);
});

test('a COPY that is answered too late rejects, and the process goes on', async () => {
  const letGo = await hold('LOCK TABLE noted');
  const late = dataSource.transaction(async (manager) => {
    const client = await clientOf(manager);
    if (client === null) throw new Error('No connection');
    await copyRows(client, 'COPY noted FROM STDIN', [Buffer.from('late\n')]);
  });
  await expect(late).rejects.toThrow('Query read timeout');
  await letGo();
  expect(await words()).toEqual([]);
});

test('a connection that is cut while nobody listens to it does not end the process', () => {
  expect(new BoundedClient().emit('error', new Error('terminating connection'))).toBe(true);
});
