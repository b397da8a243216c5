import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { MIGRATIONS } from '@swisper-studio/migrations';
import { Session, SetupToken, User } from '../../src/auth/index.ts';
import { isMigrated, migrate } from '../../src/database/migrate.ts';
import { ProjectConnection } from '../../src/heartbeat/index.ts';
import { ApiKey, Project } from '../../src/projects/index.ts';
import { EventAccountHour } from '../../src/stream-consumer/accounting/event-account-hour.entity.ts';
import { EventTotal } from '../../src/stream-consumer/accounting/event-total.entity.ts';
import { ProducerProgress } from '../../src/stream-consumer/accounting/producer-progress.entity.ts';
import { SingleEntry } from '../../src/stream-consumer/accounting/single-entry.entity.ts';
import { StreamEpoch } from '../../src/stream-consumer/accounting/stream-epoch.entity.ts';
import { StreamTotal } from '../../src/stream-consumer/accounting/stream-total.entity.ts';
import { DeadLetterReplay } from '../../src/stream-consumer/dead-letters/dead-letter-replay.entity.ts';
import { DeadLetterTally } from '../../src/stream-consumer/refused/dead-letter-tally.entity.ts';
import { DeadLetter } from '../../src/stream-consumer/refused/dead-letter.entity.ts';
import { IsolationMark } from '../../src/stream-consumer/storing/isolation-mark.entity.ts';
import { DeclaredGraph } from '../../src/traces/graphs/declared-graph.entity.ts';
import { ObservationPayload } from '../../src/traces/observation-payload.entity.ts';
import { Observation } from '../../src/traces/observation.entity.ts';
import { ServerKey } from '../../src/traces/server-key.entity.ts';
import { ProjectHour } from '../../src/traces/rollup/project-hour.entity.ts';
import { TraceRollupMark } from '../../src/traces/trace-rollup-mark.entity.ts';
import { Trace } from '../../src/traces/trace.entity.ts';
import { SwitchedOffTrace, TracingChange } from '../../src/tracing-config/index.ts';
import { eventually } from '../harness/eventually.ts';
import { databaseUrl, onServer } from '../harness/template-database.ts';

const ENTITIES = [
  User,
  Session,
  SetupToken,
  Project,
  ApiKey,
  TracingChange,
  SwitchedOffTrace,
  ProducerProgress,
  EventAccountHour,
  EventTotal,
  SingleEntry,
  StreamEpoch,
  StreamTotal,
  IsolationMark,
  ProjectConnection,
  Trace,
  Observation,
  ObservationPayload,
  TraceRollupMark,
  ProjectHour,
  DeclaredGraph,
  ServerKey,
  DeadLetter,
  DeadLetterTally,
  DeadLetterReplay,
];
const SILENT = { log: () => undefined, warn: () => undefined };
const SERVER = process.env['SWISPER_TEST_POSTGRES_URL'] ?? '';
const names: string[] = [];
let url = '';

beforeEach(async () => {
  const name = `migrations_${randomUUID().replaceAll('-', '')}`;
  names.push(name);
  await onServer(SERVER, (client) => client.query(`CREATE DATABASE ${name}`));
  url = databaseUrl(SERVER, name);
});

afterAll(async () => {
  for (const name of names) {
    await onServer(SERVER, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
  }
});

async function withSource<T>(use: (source: DataSource) => Promise<T>): Promise<T> {
  const source = new DataSource({ type: 'postgres', url, entities: ENTITIES, migrations: MIGRATIONS });
  await source.initialize();
  try {
    return await use(source);
  } finally {
    await source.destroy();
  }
}

const tables = (source: DataSource): Promise<unknown> =>
  source.query(`SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
    WHERE table_schema = 'public' ORDER BY table_name, column_name`);

test('after all migrations the entities find nothing to change', async () => {
  await migrate(url, SILENT, new AbortController().signal);
  const changes = await withSource((source) => source.driver.createSchemaBuilder().log());
  expect(changes.upQueries.map((change) => change.query)).toEqual([]);
});

test('every table of the migrations belongs to an entity', async () => {
  await migrate(url, SILENT, new AbortController().signal);
  const found = await withSource(async (source) => {
    const rows: Array<{ name: string }> = await source.query(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`,
    );
    return {
      tables: rows.map((row) => row.name),
      entities: source.entityMetadatas.map((entity) => entity.tableName),
    };
  });
  expect(found.tables.filter((name) => name !== 'migrations').sort()).toEqual(found.entities.sort());
});

test('up, down and up again gives the same schema, and down leaves nothing', async () => {
  await withSource(async (source) => {
    await source.runMigrations({ transaction: 'each' });
    const first = await tables(source);
    for (let count = 0; count < MIGRATIONS.length; count += 1) await source.undoLastMigration();
    const left: Array<{ table_name: string }> = await source.query(
      `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'`,
    );
    expect(left.map((row) => row.table_name)).toEqual(['migrations']);
    expect(await source.query(`SELECT typname FROM pg_type WHERE typtype = 'e'`)).toEqual([]);
    await source.runMigrations({ transaction: 'each' });
    expect(await tables(source)).toEqual(first);
  });
});

test('a database that has every migration is told from one that lacks some', async () => {
  await withSource(async (source) => {
    await source.runMigrations({ transaction: 'each' });
    expect(await isMigrated(source)).toBe(true);
    await source.undoLastMigration();
    expect(await isMigrated(source)).toBe(false);
    await source.query('ALTER TABLE migrations RENAME TO elsewhere');
    expect(await isMigrated(source)).toBe(false);
    await source.query('ALTER TABLE elsewhere RENAME TO migrations');
    await source.runMigrations({ transaction: 'each' });
  });
});

test('replicas that start together migrate once', async () => {
  const { signal } = new AbortController();
  await Promise.all([1, 2, 3, 4].map(() => migrate(url, SILENT, signal)));
  const applied: unknown[] = await withSource((source) => source.query('SELECT name FROM migrations'));
  expect(applied).toHaveLength(MIGRATIONS.length);
});

test('a database that comes later is waited for', async () => {
  const name = `migrations_${randomUUID().replaceAll('-', '')}`;
  names.push(name);
  const said: string[] = [];
  const log = { log: () => undefined, warn: (_: object, message: string) => said.push(message) };
  const migrated = migrate(databaseUrl(SERVER, name), log, new AbortController().signal);
  await eventually(
    () => said.length,
    (lines) => lines > 0,
  );
  await onServer(SERVER, (client) => client.query(`CREATE DATABASE ${name}`));
  await migrated;
  // Once at first, and again every few seconds.
  expect([...new Set(said)]).toEqual(['Waiting for the database']);
});

test('a database that refuses the password is not waited for, and stopping ends the waiting', async () => {
  const nobody = new URL(url);
  nobody.username = 'nobody';
  await expect(migrate(nobody.toString(), SILENT, new AbortController().signal)).rejects.toThrow();
  const nowhere = 'postgres://studio@127.0.0.1:1/studio';
  await expect(migrate(nowhere, SILENT, AbortSignal.timeout(300))).rejects.toThrow();
});
