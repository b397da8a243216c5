import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TraceRetention } from '../../src/traces/retention/trace-retention.ts';
import { eventually } from '../harness/eventually.ts';
import type { IngestRig } from './ingest-rig.ts';
import { at, decoded, event, startMergeRig, T0 } from './merge-deliveries.ts';

const DAY = 24 * 3_600_000;
const NEVER = new AbortController().signal;
const TABLES = ['observation_payloads', 'observations', 'traces', 'trace_rollup_marks'];

let rig: IngestRig;
let nowMs = T0;
let retention: TraceRetention;

beforeAll(async () => {
  rig = await startMergeRig();
  retention = new TraceRetention(rig.dataSource, { now: () => new Date(nowMs), nowMs: () => nowMs });
});
afterAll(() => rig.close());

async function createProject(retentionDays: number | null): Promise<string> {
  const { id } = await rig.createProject();
  await rig.query('UPDATE projects SET retention_days = $2 WHERE id = $1', [id, retentionDays]);
  return id;
}

/** One trace whose last event was received so many days ago. */
async function addTrace(
  project: string,
  daysAgo: number,
  options: { steps?: number; startTime?: string; id?: string } = {},
): Promise<string> {
  const { steps = 2, startTime = new Date(T0 - daysAgo * DAY).toISOString(), id = randomUUID() } = options;
  const events = Array.from({ length: steps }, () =>
    event(
      {
        event_type: 'observation',
        trace_id: id,
        observation_id: randomUUID(),
        name: 'n',
        type: 'SPAN',
        start_time: startTime,
        end_time: startTime,
      },
      [
        ['input', '{"a":1}'],
        ['output', '{"b":2}'],
      ],
    ),
  );
  const receivedMs = T0 - daysAgo * DAY;
  const stored = events.map((sent, index) => decoded(project, sent, index + 1, receivedMs));
  await rig.dataSource.transaction((manager) => rig.writer.store(manager, stored));
  return id;
}

/** Ids of traces by table, each once. */
async function traceIds(project: string): Promise<string[][]> {
  const found: string[][] = [];
  for (const table of TABLES) {
    const column = table === 'traces' ? 'id' : 'trace_id';
    const rows = await rig.query(
      `SELECT DISTINCT ${column}::text AS id FROM ${table} WHERE project_id = $1 ORDER BY 1`,
      [project],
    );
    found.push(rows.map(({ id }) => String(id)));
  }
  return found;
}

const onlyThese = (ids: string[]): string[][] => TABLES.map(() => [...ids].sort());

test('each project keeps exactly what its days say, all of it', async () => {
  const [week, month, ever] = [await createProject(7), await createProject(30), await createProject(null)];
  const kept: Record<string, string[]> = {};
  for (const project of [week, month, ever]) {
    kept[project] = [];
    for (const days of [1, 6.99, 7.01, 29.99, 30.01, 400]) {
      const id = await addTrace(project, days);
      if (project === ever || days < (project === week ? 7 : 30)) kept[project].push(id);
    }
  }
  expect(await retention.run(NEVER)).toBe(6);
  for (const project of [week, month, ever]) {
    expect(await traceIds(project)).toEqual(onlyThese(kept[project] ?? []));
  }
  expect(await retention.run(NEVER)).toBe(0);
});

test('what was received counts, not the times an application claims', async () => {
  const project = await createProject(10);
  const kept = [
    await addTrace(project, 1, { startTime: '1970-01-01T00:00:00Z' }),
    await addTrace(project, 1, { startTime: '2999-01-01T00:00:00Z' }),
  ];
  await addTrace(project, 11, { startTime: '1970-01-01T00:00:00Z' });
  await addTrace(project, 11, { startTime: '2999-01-01T00:00:00Z' });
  expect(await retention.run(NEVER)).toBe(2);
  expect(await traceIds(project)).toEqual(onlyThese(kept));
});

test('traces in their thousands and one too large for a transaction go in pieces', async () => {
  const project = await createProject(10);
  for (let count = 0; count < 25; count++) await addTrace(project, 20 + count, { steps: 90 });
  await addTrace(project, 15, { steps: 2_600 });
  await rig.rollUp();
  const recent = await addTrace(project, 1);
  expect(await retention.run(NEVER)).toBe(26);
  expect(await traceIds(project)).toEqual(onlyThese([recent]));
});

test('an abort leaves whole traces, and the next run goes on', async () => {
  const project = await createProject(10);
  for (let count = 0; count < 40; count++) await addTrace(project, 20 + count, { steps: 60 });
  await rig.rollUp();
  const stop = new AbortController();
  const running = retention.run(stop.signal);
  const countSql = 'SELECT count(*)::int AS traces FROM traces WHERE project_id = $1';
  await eventually(
    () => rig.query(countSql, [project]),
    ([row]) => Number(row?.['traces']) < 40,
  );
  stop.abort();
  const first = await running;
  const wholeSql = `SELECT t.id FROM traces t WHERE t.project_id = $1 AND
    (SELECT count(*) FROM observations o WHERE o.project_id = $1 AND o.trace_id = t.id) = 60 AND
    (SELECT count(*) FROM observation_payloads p WHERE p.project_id = $1 AND p.trace_id = t.id) = 120`;
  expect(await rig.query(wholeSql, [project])).toHaveLength(40 - first);
  expect(first + (await retention.run(NEVER))).toBe(40);
  expect(await traceIds(project)).toEqual(onlyThese([]));
});

test('a trace that is being written to is left alone, and its writer does not wait', async () => {
  const project = await createProject(10);
  const [busy, idle] = [await addTrace(project, 20), await addTrace(project, 20)];
  const runner = rig.dataSource.createQueryRunner();
  await runner.startTransaction('READ COMMITTED');
  const late = decoded(
    project,
    event({ event_type: 'trace_end', trace_id: busy, end_time: at(0) }),
    100,
    nowMs,
  );
  await rig.writer.store(runner.manager, [late]);
  expect(await retention.run(NEVER)).toBe(1);
  await runner.commitTransaction();
  await runner.release();
  expect(await traceIds(project)).toEqual([[busy], [busy], [busy], [busy]]);
  expect(idle).not.toBe(busy);
  expect(await retention.run(NEVER)).toBe(0);
});

test('storing goes on while traces are deleted, late events of deleted traces included', async () => {
  const project = await createProject(10);
  const old: string[] = [];
  for (let count = 0; count < 45; count++) old.push(await addTrace(project, 20 + count, { steps: 50 }));
  await rig.rollUp();
  const stored: string[] = [];
  let isDeleting = true;
  const store = async (): Promise<void> => {
    while (isDeleting) {
      stored.push(await addTrace(project, 0));
      const late = old[stored.length % old.length];
      if (late !== undefined && !stored.includes(late))
        stored.push(await addTrace(project, 0, { id: late, steps: 1 }));
    }
  };
  const storing = store();
  await retention.run(NEVER).finally(() => (isDeleting = false));
  await storing;
  await rig.rollUp();
  const wrong = await rig.query(
    `SELECT t.id, t.observation_count, s.observations, s.payloads FROM traces t CROSS JOIN LATERAL (SELECT
       (SELECT count(*) FROM observations o WHERE o.project_id = $1 AND o.trace_id = t.id) AS observations,
       (SELECT count(*) FROM observation_payloads p WHERE p.project_id = $1 AND p.trace_id = t.id) AS payloads) s
     WHERE t.project_id = $1 AND (t.observation_count <> s.observations OR s.payloads <> 2 * s.observations
       OR s.observations NOT IN (1, 2, 51))`,
    [project],
  );
  expect(wrong).toEqual([]);
  const [payloads, observations, traces] = await traceIds(project);
  expect(traces).toEqual([...new Set(stored)].sort());
  expect(observations).toEqual(traces);
  expect(payloads).toEqual(traces);
});

test('a deleted project is left to those who delete projects', async () => {
  const project = await createProject(1);
  const id = await addTrace(project, 50);
  await rig.query('UPDATE projects SET deleted_at = now() WHERE id = $1', [project]);
  nowMs = T0 + DAY;
  await retention.run(NEVER);
  nowMs = T0;
  expect(await traceIds(project)).toEqual(onlyThese([id]));
});
