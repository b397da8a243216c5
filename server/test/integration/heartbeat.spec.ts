import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { ActivityRecorder } from '../../src/heartbeat/index.ts';
import { ConnectionPruner } from '../../src/heartbeat/connection-pruner.ts';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { type AppInProcess, MovableClock, startInProcess } from './app-in-process.ts';

const SECOND = 1000;
const clock = new MovableClock();
let studio: AppInProcess;
let person: ApiClient;
let program: ApiClient;
let projectId: string;

beforeAll(async () => {
  studio = await startInProcess({}, { clock });
  person = await ApiClient.signedIn(studio.url);
});
afterAll(() => studio.close());
beforeEach(async () => {
  person = await ApiClient.signedIn(studio.url);
  const project = await createProject(person);
  projectId = project.id;
  program = ApiClient.withKey(studio.url, project.apiKey);
});

async function beat(change: object = {}): Promise<void> {
  const body = { project_id: projectId, status: 'connected', timestamp: new Date().toISOString(), ...change };
  const answer = await program.post('/projects/heartbeat', body);
  expect(answer).toMatchObject({
    status: 200,
    body: {
      status: 'ok',
      project_id: projectId,
      message: 'Heartbeat received',
      config_version: 1,
      tracing_enabled: true,
    },
  });
}

async function status(): Promise<unknown> {
  const answer = await program.get('/projects/connection-status');
  expect(answer.status).toBe(200);
  return Array.isArray(answer.body) ? answer.body[0] : null;
}

test('a project is never connected before its first heartbeat', async () => {
  expect(await status()).toMatchObject({
    project_id: projectId,
    status: 'never',
    last_seen: null,
    instances: [],
    traces_today: 0,
  });
});

test('connected, late, disconnected after two minutes, and connected again', async () => {
  await beat({ interval_seconds: 60 });
  expect(await status()).toMatchObject({
    status: 'connected',
    instances: [{ instance_id: 'default', status: 'connected' }],
  });
  clock.forward(95 * SECOND);
  expect(await status()).toMatchObject({ status: 'late', instances: [{ status: 'late' }] });
  clock.forward(26 * SECOND);
  expect(await status()).toMatchObject({ status: 'disconnected', instances: [{ status: 'disconnected' }] });
  await beat();
  expect(await status()).toMatchObject({ status: 'connected', instances: [{ status: 'connected' }] });
});

test('a goodbye shows at once, and a later sign of life takes it back', async () => {
  await beat({ instance_id: 'one' });
  await beat({ instance_id: 'one', status: 'disconnected' });
  expect(await status()).toMatchObject({ status: 'disconnected', instances: [] });
  await beat({ instance_id: 'one' });
  expect(await status()).toMatchObject({ status: 'connected', instances: [{ instance_id: 'one' }] });
});

test('a beat that was overtaken by the goodbye does not take it back', async () => {
  const started_at = '2026-01-15T12:00:00Z';
  await beat({ instance_id: 'one', started_at, beat_no: 1 });
  await beat({ instance_id: 'one', started_at, beat_no: 3, status: 'disconnected' });
  await beat({ instance_id: 'one', started_at, beat_no: 2 });
  expect(await status()).toMatchObject({ status: 'disconnected', instances: [] });
});

test('several instances: partial while some are silent, connected again once they are forgotten', async () => {
  await beat({ instance_id: 'one' });
  clock.forward(130 * SECOND);
  await beat({ instance_id: 'two' });
  expect(await status()).toMatchObject({
    status: 'partial',
    instances: [
      { instance_id: 'two', status: 'connected' },
      { instance_id: 'one', status: 'disconnected' },
    ],
  });
  clock.forward(24 * 3600 * SECOND);
  person = await ApiClient.signedIn(studio.url);
  await beat({ instance_id: 'two' });
  expect(await status()).toMatchObject({ status: 'connected', instances: [{ instance_id: 'two' }] });
});

test('an absent field leaves what was said before, and the newest instance speaks for the project', async () => {
  const counters = { accepted: 5, merged: 1, dropped: { buffer_full: 2 }, config_version: 1 };
  const details = {
    environment: 'production',
    version: '1.2.3',
    sdk_version: '0.1.0',
    host: 'box',
    started_at: '2026-01-15T12:00:00',
  };
  await beat({ instance_id: 'one', ...details, counters });
  await beat({ instance_id: 'one' });
  expect(await status()).toMatchObject({
    environment: 'production',
    version: '1.2.3',
    sdk_version: '0.1.0',
    instances: [{ ...details, started_at: '2026-01-15T12:00:00.000Z', config_version: 1, counters }],
  });
  clock.forward(SECOND);
  await beat({ instance_id: 'two', version: '1.3.0' });
  expect(await status()).toMatchObject({ environment: 'production', version: '1.3.0' });
});

test('stored events are signs of life, written at most every five seconds', async () => {
  const recorder = studio.app.get(ActivityRecorder);
  const record = async (at: Date): Promise<void> => {
    recorder.record([{ projectId, instanceId: 'silent', at }]);
    await recorder.settled();
  };
  const seen = async () => (await status()) as { last_seen: string };
  const first = clock.now();
  await record(first);
  expect(await seen()).toMatchObject({ status: 'connected', last_seen: first.toISOString() });
  clock.forward(SECOND);
  await record(clock.now());
  expect((await seen()).last_seen).toBe(first.toISOString());
  clock.forward(5 * SECOND);
  const later = clock.now();
  await record(later);
  expect((await seen()).last_seen).toBe(later.toISOString());
});

test('instances silent for a week are forgotten, the others stay', async () => {
  await beat({ instance_id: 'old' });
  clock.forward(7 * 24 * 3600 * SECOND + SECOND);
  await beat({ instance_id: 'new' });
  await studio.app.get(ConnectionPruner).run();
  const rows: unknown = await studio.database.query(
    'SELECT instance_id FROM project_connections WHERE project_id = $1',
    [projectId],
  );
  expect(rows).toEqual([{ instance_id: 'new' }]);
});

test('traces today are those that started since midnight in the project\u2019s time zone', async () => {
  await person.patch(`/projects/${projectId}`, { time_zone: 'Pacific/Kiritimati' });
  const midnight = new Date(clock.nowMs() + 14 * 3600 * SECOND);
  midnight.setUTCHours(0, 0, 0, 0);
  const startOfDay = Number(midnight) - 14 * 3600 * SECOND;
  const insert = (project: string, startMs: number) =>
    studio.database.query(
      'INSERT INTO traces (project_id, id, start_time, received_at, last_received_at) VALUES ($1, $2, $3, $3, $3)',
      [project, randomUUID(), new Date(startMs)],
    );
  await insert(projectId, startOfDay);
  await insert(projectId, startOfDay + SECOND);
  await insert(projectId, startOfDay - 1);
  await insert(projectId, startOfDay + 24 * 3600 * SECOND);
  await insert(randomUUID(), startOfDay + SECOND);
  expect(await status()).toMatchObject({ traces_today: 2 });
  const all = await person.get('/projects/connection-status');
  expect(all.body).toEqual(
    expect.arrayContaining([expect.objectContaining({ project_id: projectId, traces_today: 2 })]),
  );
});
