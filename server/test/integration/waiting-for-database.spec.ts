import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { eventually } from '../harness/eventually.ts';
import { startServer } from '../harness/server-process.ts';
import { databaseUrl, onServer } from '../harness/template-database.ts';

const SERVER = process.env['SWISPER_TEST_POSTGRES_URL'] ?? '';

test('a server that starts before its database lives, is not ready, answers 503, and begins once the database is there', async () => {
  const name = `late_${randomUUID().replaceAll('-', '')}`;
  const server = await startServer({
    environment: { DATABASE_URL: databaseUrl(SERVER, name) },
    until: 'live',
  });
  expect((await fetch(`${server.url}/health/ready`)).status).toBe(503);
  const early = await fetch(`${server.url}/api/v1/auth/state`);
  expect(early.status).toBe(503);
  expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(0);
  await onServer(SERVER, (client) => client.query(`CREATE DATABASE ${name}`));
  await eventually(
    async () => (await fetch(`${server.url}/health/ready`)).status,
    (status) => status === 200,
  );
  expect(await (await fetch(`${server.url}/api/v1/auth/state`)).json()).toEqual({ needs_setup: false });
  expect(server.log()).toContain('Waiting for the database');
  expect(server.log()).toContain('SwisperStudio is ready');
  server.process.kill('SIGTERM');
  expect(await server.ended).toMatchObject({ code: 0 });
});

test('a server that waits for its database ends cleanly when told to', async () => {
  const url = databaseUrl(SERVER, 'never_made');
  const server = await startServer({ environment: { DATABASE_URL: url }, until: 'live' });
  server.process.kill('SIGTERM');
  expect(await server.ended).toMatchObject({ code: 0 });
});

test('a database that refuses the user ends the start with a reason and without a secret', async () => {
  const url = new URL(databaseUrl(SERVER, 'postgres'));
  url.username = 'nobody';
  url.password = 'hunter2-secret';
  const server = await startServer({ environment: { DATABASE_URL: url.toString() }, until: 'spawned' });
  expect(await server.ended).toMatchObject({ code: 1 });
  expect(server.log()).toContain('SwisperStudio cannot start');
  expect(server.log()).not.toContain('hunter2-secret');
});

/** A busy machine may give one start or another a reason to warn; one that has none is enough. */
const MOST_STARTS = 3;

async function warningsOfAStart(): Promise<string[]> {
  const server = await startServer();
  await server.stop(120_000);
  return server
    .log()
    .split('\n')
    .filter((line) => /^\{"level":[456]0/.test(line));
}

test('a start with everything there warns of nothing', async () => {
  let warnings = await warningsOfAStart();
  for (let starts = 1; starts < MOST_STARTS && warnings.length > 0; starts++)
    warnings = await warningsOfAStart();
  expect(warnings).toEqual([]);
});
