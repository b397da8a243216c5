import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createApiKey } from 'swisper-studio/contract';
import { type EmbeddedPostgres, startPostgres } from '../../tools/embedded-postgres.ts';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { eventually } from '../harness/eventually.ts';
import { type AppInProcess, startInProcess } from './app-in-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'swisper-studio-outage-'));
let postgres: EmbeddedPostgres;
let studio: AppInProcess;
let program: ApiClient;

function startDatabase(port?: number): Promise<EmbeddedPostgres> {
  const files = { dataDir: join(folder, 'data'), logFile: join(folder, 'postgres.log') };
  return startPostgres({ ...files, durability: 'throwaway', ...(port === undefined ? {} : { port }) });
}

beforeAll(async () => {
  postgres = await startDatabase();
  studio = await startInProcess({ STUDIO_ROLES: 'api,consumer', DATABASE_URL: postgres.url });
  const project = await createProject(await ApiClient.signedIn(studio.url));
  program = ApiClient.withKey(studio.url, project.apiKey);
});
afterAll(async () => {
  await studio.close();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

const events = (trace: string, seq: number) => ({
  instance_id: 'process-1',
  seq,
  events: [{ event_type: 'trace_start', trace_id: trace, name: 'run', timestamp: new Date().toISOString() }],
});

test('while the database is away, HTTP ingest goes on for keys it has seen, and nothing is lost', async () => {
  const [before, during] = [randomUUID(), randomUUID()];
  expect((await program.post('/events', events(before, 1))).status).toBe(200);
  const { port } = postgres;
  await postgres.stop();
  expect((await program.post('/events', events(during, 2))).status).toBe(200);
  expect((await program.post('/traces', { name: 'other' })).status).toBe(201);
  const { apiKey } = createApiKey((size) => crypto.getRandomValues(new Uint8Array(size)));
  const stranger = await ApiClient.withKey(studio.url, apiKey).post('/events', events(during, 2));
  expect(stranger.status).toBe(503);
  expect(Number(stranger.headers.get('retry-after'))).toBeGreaterThan(0);
  postgres = await startDatabase(port);
  for (const trace of [before, during]) {
    await eventually(
      () => program.get(`/traces/${trace}`),
      ({ status }) => status === 200,
    );
  }
});
