import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { ADVISORY_LOCKS } from '../../src/database/advisory-locks.ts';
import { eventually } from '../harness/eventually.ts';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { type AppInProcess, startInProcess } from './app-in-process.ts';

const FIRST = `${hostname()}-1`;
let studio: AppInProcess;
let program: ApiClient;
let seq = 0;

beforeAll(async () => {
  studio = await startInProcess({ STUDIO_ROLES: 'api,consumer' });
  const project = await createProject(await ApiClient.signedIn(studio.url));
  program = ApiClient.withKey(studio.url, project.apiKey);
  await eventually(holders, (pids) => pids.length === 1);
});
afterAll(() => studio.close());

/** Backends that hold the first name. */
async function holders(name = FIRST): Promise<number[]> {
  const rows: { pid: number }[] = await studio.database.query(
    `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = $1::oid
       AND objid = (hashtext($2)::bigint & 4294967295)::oid
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [ADVISORY_LOCKS.consumerSlot, name],
  );
  return rows.map(({ pid }) => pid);
}

async function queued(): Promise<number> {
  const rows: unknown[] = await studio.database.query(
    `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND classid = $1::oid
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [ADVISORY_LOCKS.consumerSlot],
  );
  return rows.length;
}

const cutOff = (pids: readonly number[]) =>
  studio.database.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [pids]);

async function isStored(): Promise<boolean> {
  const trace = randomUUID();
  const header = {
    event_type: 'trace_start',
    trace_id: trace,
    name: 'run',
    timestamp: new Date().toISOString(),
  };
  await program.post('/events', { instance_id: 'process-1', seq: ++seq, events: [header] });
  await eventually(
    () => program.get(`/traces/${trace}`),
    ({ status }) => status === 200,
  );
  return true;
}

test('a consumer whose database connection broke takes its name again', async () => {
  const before = await holders();
  await cutOff(before);
  const after = await eventually(holders, (pids) => pids.length === 1 && !before.includes(pids[0] ?? 0));
  expect(after).toHaveLength(1);
  expect(await isStored()).toBe(true);
});

test('where another process was quicker it goes on under another name, so that no two share one', async () => {
  const quicker = new pg.Client({ connectionString: studio.databaseUrl });
  await quicker.connect();
  const taken = quicker.query('SELECT pg_advisory_lock($1, hashtext($2))', [
    ADVISORY_LOCKS.consumerSlot,
    FIRST,
  ]);
  // Once it stands in the queue, the name is its own as soon as it is free.
  await eventually(queued, (count) => count === 1);
  await cutOff(await holders());
  await taken;
  await eventually(
    () => holders(`${hostname()}-2`),
    (pids) => pids.length === 1,
  );
  expect(await isStored()).toBe(true);
  await quicker.end();
});
