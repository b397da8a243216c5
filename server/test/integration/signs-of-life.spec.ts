import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { SETTINGS } from '../../src/config/settings.module.ts';
import type { Settings } from '../../src/config/settings.ts';
import { ActivityRecorder } from '../../src/heartbeat/activity-recorder.ts';
import { REDIS, type RedisCommands } from '../../src/redis/redis.module.ts';
import { StreamConsumer } from '../../src/stream-consumer/stream-consumer.ts';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { eventually } from '../harness/eventually.ts';
import { type AppInProcess, startInProcess } from './app-in-process.ts';

let studio: AppInProcess;
let recorder: ActivityRecorder;
beforeAll(async () => {
  studio = await startInProcess({ STUDIO_ROLES: 'api,consumer' });
  recorder = studio.app.get(ActivityRecorder, { strict: false });
});
afterAll(() => studio.close());

/** How often what stands there was written: rows of one statement have one transaction. */
async function written(projectId: string): Promise<unknown> {
  return studio.database.query(
    `SELECT count(*)::int AS rows, count(DISTINCT xmin::text)::int AS statements
      FROM project_connections WHERE project_id = $1`,
    [projectId],
  );
}

const signsOf = (projectId: string, count: number, at: Date): Parameters<ActivityRecorder['record']>[0] =>
  Array.from({ length: count }, (_, n) => ({ projectId, instanceId: `instance-${String(n)}`, at }));

/** Keeps everybody from writing signs of life until it is told. */
async function holdWrites(): Promise<() => Promise<void>> {
  const runner = studio.database.createQueryRunner();
  await runner.startTransaction();
  await runner.query('LOCK TABLE project_connections IN SHARE MODE');
  return async () => {
    await runner.rollbackTransaction();
    await runner.release();
  };
}

async function waitingWrites(): Promise<number> {
  const rows: unknown = await studio.database.query(
    `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
      AND query LIKE '%INSERT INTO project_connections%'`,
  );
  return Array.isArray(rows) ? rows.length : 0;
}

test('the signs of life of a batch are one statement, and one statement at a time', async () => {
  const projectId = randomUUID();
  recorder.record(signsOf(projectId, 2_000, new Date()));
  await recorder.settled();
  expect(await written(projectId)).toMatchObject([{ rows: 2_000, statements: 1 }]);
  const release = await holdWrites();
  const others = Array.from({ length: 20 }, () => randomUUID());
  try {
    for (const other of others) recorder.record(signsOf(other, 50, new Date()));
    await eventually(waitingWrites, (count) => count > 0);
    expect(await waitingWrites()).toBe(1);
  } finally {
    await release();
  }
  await recorder.settled();
  for (const other of others) expect(await written(other)).toMatchObject([{ rows: 50, statements: 1 }]);
});

test('of more instances than are remembered every one is written, and those written just now are not again', async () => {
  const projectId = randomUUID();
  const now = new Date();
  const ofOneMoment = new ActivityRecorder(studio.database, { now: () => now, nowMs: () => now.getTime() });
  const at = new Date(now.getTime() - 1_000);
  ofOneMoment.record(signsOf(projectId, 20_000, at));
  await ofOneMoment.settled();
  ofOneMoment.record([{ projectId, instanceId: 'one-more', at }]);
  ofOneMoment.record(signsOf(projectId, 20_000, now).slice(1));
  await ofOneMoment.settled();
  const rows: unknown = await studio.database.query(
    `SELECT count(*)::int AS rows, count(*) FILTER (WHERE last_event_at > $2)::int AS again
      FROM project_connections WHERE project_id = $1`,
    [projectId, at],
  );
  expect(rows).toEqual([{ rows: 20_001, again: 0 }]);
});

test('a consumer that is told to end writes the signs of life first', async () => {
  const { id: projectId } = await createProject(await ApiClient.signedIn(studio.url));
  const stream = studio.app.get<Settings>(SETTINGS).observability.streamName;
  const release = await holdWrites();
  let hasEnded = false;
  let closing: Promise<void>;
  try {
    const event = { event_type: 'trace_start', trace_id: randomUUID(), project_id: projectId, data: '{}' };
    const fields = Object.entries({ ...event, timestamp: String(Date.now() / 1_000) }).flat();
    await studio.app.get<RedisCommands>(REDIS).xadd(stream, '*', ...fields);
    await eventually(waitingWrites, (count) => count === 1);
    closing = studio.app
      .get(StreamConsumer, { strict: false })
      .close()
      .then(() => {
        hasEnded = true;
      });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(hasEnded).toBe(false);
  } finally {
    await release();
  }
  await closing;
  expect(await written(projectId)).toMatchObject([{ rows: 1 }]);
});
