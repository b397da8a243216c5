import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ConnectionPresence } from '../../src/traces/rollup/connection-presence.ts';
import { TraceRollup, TraceSweep } from '../../src/traces/index.ts';
import { MovableClock } from './app-in-process.ts';
import { IngestRig } from './ingest-rig.ts';

const MINUTE = 60_000;
const clock = new MovableClock();
let rig: IngestRig;
let rollup: TraceRollup;
let sweep: TraceSweep;

beforeAll(async () => {
  rig = await IngestRig.start();
  rig.consume();
  const presence = new ConnectionPresence(rig.dataSource);
  rollup = new TraceRollup(rig.dataSource, presence, clock);
  sweep = new TraceSweep(rig.dataSource, presence, clock);
});
afterAll(() => rig.close());

const now = (): string => new Date().toISOString();
const start = (trace: string) => ({
  header: { event_type: 'trace_start', trace_id: trace, name: 'run', timestamp: now() },
  payloads: [],
});
const step = (trace: string, id: string, type: string, extra: object = {}) => ({
  header: {
    event_type: type,
    trace_id: trace,
    observation_id: id,
    name: id,
    type: 'SPAN',
    start_time: now(),
    end_time: now(),
    ...extra,
  },
  payloads: [],
});

/** What the consumer role does all the time. */
async function settle(): Promise<void> {
  await rig.drained();
  await sweep.run();
  while ((await rollup.step()) > 0);
}

async function read(trace: string) {
  const sql =
    'SELECT status::text, level::text, observation_count, error_count, inferred_end_time IS NOT NULL AS inferred FROM traces WHERE id = $1';
  return (await rig.query(sql, [trace]))[0];
}

test('a trace without an end is ended a minute after its roots, and a late event turns it back', async () => {
  const project = await rig.createProject();
  const trace = randomUUID();
  await rig.addBatch(project.id, [
    start(trace),
    step(trace, 'root', 'observation'),
    step(trace, 'leaf', 'observation', { parent_observation_id: 'root', level: 'ERROR' }),
  ]);
  await settle();
  expect(await read(trace)).toEqual({
    status: 'running',
    level: 'ERROR',
    observation_count: 2,
    error_count: 1,
    inferred: true,
  });
  clock.forward(MINUTE);
  await settle();
  // A step below the root failed, and the root went on.
  expect(await read(trace)).toMatchObject({ status: 'ok' });
  await rig.addBatch(project.id, [step(trace, 'next', 'observation_start')], { seq: 10 });
  await rig.drained();
  clock.forward(-MINUTE);
  await settle();
  expect(await read(trace)).toMatchObject({ status: 'running', observation_count: 3, inferred: false });
  clock.forward(61 * MINUTE);
  await settle();
  expect(await read(trace)).toMatchObject({ status: 'incomplete' });
  await rig.addBatch(
    project.id,
    [{ header: { event_type: 'trace_end', trace_id: trace, end_time: now() }, payloads: [] }],
    { seq: 11 },
  );
  await settle();
  expect(await read(trace)).toMatchObject({ status: 'ok' });
  clock.forward(-61 * MINUTE);
});

test('an open trace is incomplete a minute after its instance said goodbye, and at once when it went silent', async () => {
  const project = await rig.createProject();
  const trace = randomUUID();
  await rig.addBatch(project.id, [start(trace), step(trace, 'open', 'observation_start')]);
  await rig.drained();
  await rig.query(
    `INSERT INTO project_connections (project_id, instance_id, last_heartbeat_at, interval_seconds, created_at, updated_at)
     VALUES ($1, 'instance-1', now(), 60, now(), now())`,
    [project.id],
  );
  clock.forward(90_000);
  await settle();
  expect(await read(trace)).toMatchObject({ status: 'running' });
  clock.forward(31_000);
  await settle();
  expect(await read(trace)).toMatchObject({ status: 'incomplete' });
  clock.forward(-121_000);

  const second = randomUUID();
  await rig.addBatch(project.id, [start(second)], { seq: 20 });
  await rig.drained();
  await rig.query(
    `UPDATE project_connections SET stopped_at = now() + interval '1 s' WHERE project_id = $1`,
    [project.id],
  );
  await settle();
  expect(await read(second)).toMatchObject({ status: 'running' });
  clock.forward(MINUTE);
  await settle();
  expect(await read(second)).toMatchObject({ status: 'incomplete' });
  clock.forward(-MINUTE);
});
