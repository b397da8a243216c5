import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { eventually } from '../harness/eventually.ts';
import { type ObservedProcess, startObservedProcess } from '../harness/observed-process.ts';
import { type ServerProcess, startServer } from '../harness/server-process.ts';
import { startOwnRedis } from '../harness/services.ts';
import { onServer } from '../harness/template-database.ts';

let redis: Awaited<ReturnType<typeof startOwnRedis>>;
let server: ServerProcess;
let person: ApiClient;
let project: { id: string; apiKey: string };
let observed: ObservedProcess;

beforeAll(async () => {
  redis = await startOwnRedis();
  server = await startServer({ environment: { OBSERVABILITY_REDIS_URL: redis.url } });
  person = await ApiClient.signedIn(server.url);
  project = await createProject(person);
  const { url, redisUrl, streamName } = server;
  observed = startObservedProcess({
    url,
    redisUrl,
    streamName,
    apiKey: project.apiKey,
    projectId: project.id,
  });
});

afterAll(async () => {
  await observed.stop();
  await server.stop();
  await redis.stop();
  redis.remove();
});

test('an application is shown as connected within 5 s of its start, with environment and versions', async () => {
  const status = await eventually(projectStatus, ({ status }) => status === 'connected');
  expect(status).toMatchObject({
    environment: 'test',
    version: '9.8.7',
    instances: [{ status: 'connected' }],
  });
});

/** Who was not told would hear of it by polling, every 5 s. Goal: 1 s. */
const SOONER_THAN_POLLED_MS = 4_500;
/** A busy machine may hold up one turn or another; one that is sooner is proof. */
const MOST_TURNS = 5;
/** So many runs without a new trace: none will start any more. They take longer than it takes to ask again. */
const UNTRACED_RUNS = 300;

/** @returns until how long after turning tracing off traces still started, ms */
async function turnOffAndOn(): Promise<number> {
  const offAt = Date.now();
  expect(
    (await person.patch(`/projects/${project.id}/tracing`, { tracing_enabled: false })).body,
  ).toMatchObject({
    status: 'ok',
    tracing_enabled: false,
    message: 'Tracing disabled for project',
  });
  const lastStart = await lastTraceStart();
  const onAt = Date.now();
  expect(
    (await person.patch(`/projects/${project.id}/tracing`, { tracing_enabled: true })).body,
  ).toMatchObject({
    message: 'Tracing enabled for project',
  });
  await eventually(newestTraceStart, (newest) => newest > onAt);
  return lastStart - offAt;
}

/** When the newest trace started, once the application has gone on for a while without another one. */
async function lastTraceStart(): Promise<number> {
  let newest = -1;
  let runsSince = 0;
  return eventually(
    async () => {
      const now = await newestTraceStart();
      if (now !== newest) runsSince = observed.runs();
      return (newest = now);
    },
    () => observed.runs() > runsSince + UNTRACED_RUNS,
  );
}

test('turning tracing off stops new traces of a running process as soon as it is told; on brings them back', async () => {
  await eventually(traceCount, (count) => count > 20);
  let afterMs = await turnOffAndOn();
  for (let turns = 1; turns < MOST_TURNS && afterMs >= SOONER_THAN_POLLED_MS; turns++) {
    afterMs = Math.min(afterMs, await turnOffAndOn());
  }
  expect(afterMs).toBeLessThan(SOONER_THAN_POLLED_MS);
});

test('with Redis stopped the application goes on, and tracing resumes when Redis is back', async () => {
  await redis.stop();
  const runsWhenStopped = observed.runs();
  await eventually(
    () => observed.runs(),
    (runs) => runs > runsWhenStopped + 50,
  );
  redis = await startOwnRedis({ folder: redis.folder, port: redis.port });
  const backAt = Date.now();
  await eventually(newestTraceStart, (newest) => newest > backAt);
  expect(observed.output()).not.toMatch(/unhandled|uncaught/i);
});

test('a clean shutdown shows as disconnected at once, with nothing lost', async () => {
  await observed.stop(120_000);
  const runs = observed.runs();
  expect(runs).toBeGreaterThan(0);
  await eventually(projectStatus, ({ status }) => status === 'disconnected');
  const lastRun = await eventually(newestRunNumber, (newest) => newest === runs - 1);
  expect(lastRun).toBe(runs - 1);
});

test('every number the application gave is accounted for', async () => {
  const progress = await eventually(
    () =>
      query<{ highest: number; announced: number | null; missing: number }>(
        'SELECT highest::int, announced::int, missing::int FROM producer_progress WHERE verified',
      ),
    (row) => row?.announced != null && row.announced >= row.highest,
  );
  expect(progress).toEqual({ highest: progress?.highest, announced: progress?.highest, missing: 0 });
  // What began in the moment after tracing went off was switched off, as it should be.
  const totals = await query(
    `SELECT (stored + COALESCE((switched_off->>'off')::int, 0))::int AS counted, rejected FROM event_totals`,
  );
  expect(totals).toEqual({ counted: progress?.highest, rejected: {} });
});

async function projectStatus(): Promise<{ status: string }> {
  const { body } = await person.get('/projects/connection-status');
  const list = Array.isArray(body) ? (body as { project_id: string; status: string }[]) : [];
  return list.find((entry) => entry.project_id === project.id) ?? { status: 'unknown' };
}

function query<T extends Record<string, unknown>>(sql: string): Promise<T | undefined> {
  return onServer(server.databaseUrl, async (client) => (await client.query<T>(sql)).rows[0]);
}

async function traceCount(): Promise<number> {
  return (await query<{ n: number }>('SELECT count(*)::int AS n FROM traces'))?.n ?? 0;
}

async function newestTraceStart(): Promise<number> {
  return (await query<{ t: Date | null }>('SELECT max(start_time) AS t FROM traces'))?.t?.getTime() ?? 0;
}

async function newestRunNumber(): Promise<number> {
  const row = await query<{ n: number }>(
    "SELECT max((body ->> 'count')::int) AS n FROM observation_payloads WHERE kind = 'output' AND body ->> 'count' IS NOT NULL",
  );
  return row?.n ?? -1;
}
