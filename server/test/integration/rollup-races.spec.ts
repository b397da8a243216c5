import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { EncodableEvent } from 'swisper-studio/contract';
import { type MergeEvent, TraceWriter } from '../../src/traces/index.ts';
import { eventually } from '../harness/eventually.ts';
import type { IngestRig } from './ingest-rig.ts';
import { at, decoded, event, startMergeRig, stepId, T0 } from './merge-deliveries.ts';

const TRACES_PER_ROUND = 20;
const ROUNDS = 50;
const BATCHES_PER_WRITER = 3;
type Random = (below: number) => number;

let rig: IngestRig;
beforeAll(async () => {
  rig = await startMergeRig();
});
afterAll(() => rig.close());

/** Traces whose roll-up is not what their rows amount to, written down without the roll-up's own SQL. */
const WRONG = `
  SELECT t.id, to_jsonb(t) - '{versions,start_version,end_version}'::text[] AS rolled_up, to_jsonb(s) AS rows
  FROM traces t CROSS JOIN LATERAL (
    SELECT count(*) AS observations,
           count(*) FILTER (WHERE o.level = 'ERROR' OR o.reported_status = 'error') AS errors,
           coalesce(greatest(max(o.level), t.own_level), 'DEFAULT') AS level,
           sum((o.usage->>'input')::numeric) AS input_tokens, sum((o.usage->>'output')::numeric) AS output_tokens,
           sum((o.usage->>'input')::numeric + (o.usage->>'output')::numeric) AS total_tokens,
           sum((o.cost->>'total')::numeric) AS total_cost,
           CASE WHEN t.end_time IS NULL AND count(*) > 0 AND NOT bool_or(root AND o.end_time IS NULL)
                THEN max(o.end_time) FILTER (WHERE root) END AS inferred_end_time,
           CASE WHEN t.end_time IS NULL THEN 'running' WHEN t.own_level = 'ERROR' THEN 'error' ELSE 'ok' END AS status,
           extract(epoch FROM t.end_time - t.start_time)::float8 * 1000 AS duration_ms
    FROM observations o CROSS JOIN LATERAL (SELECT NOT EXISTS (
      SELECT FROM observations p WHERE p.trace_id = t.id AND p.id = o.parent_observation_id) AS root) f
    WHERE o.project_id = t.project_id AND o.trace_id = t.id) s
  WHERE t.project_id = $1 AND
    (t.observation_count, t.error_count, t.level, t.input_tokens, t.output_tokens, t.total_tokens, t.total_cost,
     t.inferred_end_time, t.status::text, t.duration_ms)
    IS DISTINCT FROM (s.observations, s.errors, s.level, s.input_tokens, s.output_tokens, s.total_tokens, s.total_cost,
     s.inferred_end_time, s.status, s.duration_ms)`;

/** Hours of a project that are not what its traces amount to. */
const WRONG_HOURS = `
  SELECT * FROM (
    SELECT date_trunc('hour', start_time) AS hour, count(*) AS traces, count(*) FILTER (WHERE status = 'error') AS errors,
           sum(observation_count) AS observations, coalesce(sum(total_tokens), 0) AS tokens, coalesce(sum(total_cost), 0) AS cost
    FROM traces WHERE project_id = $1 GROUP BY 1) s
  FULL JOIN (SELECT * FROM project_hours WHERE project_id = $1 AND traces <> 0) h ON h.hour = s.hour
  WHERE (s.traces, s.errors, s.observations, s.tokens, s.cost)
    IS DISTINCT FROM (h.traces, h.errors, h.observations, h.total_tokens, h.total_cost)`;

/** A small generator with a seed, so that a failing run can be repeated. */
function randomFrom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const copy = [...items];
  for (let last = copy.length - 1; last > 0; last--) {
    const other = random(last + 1);
    [copy[last], copy[other]] = [copy[other] as T, copy[last] as T];
  }
  return copy;
}

/** A trace of up to four observations in a tree, some without an end; half of them started in the hour before. */
function raceEvents(random: Random): EncodableEvent[] {
  const trace_id = randomUUID();
  const events = [event({ event_type: 'trace_start', trace_id, name: 'race', timestamp: at(random(2) - 1) })];
  for (let step = 1; step <= 1 + random(4); step++) {
    const about = { trace_id, observation_id: stepId(step) };
    const parent = step > 1 && random(2) === 0 ? { parent_observation_id: stepId(random(step)) } : {};
    const start = { name: 'step', type: 'SPAN', start_time: at(step), ...parent };
    events.push(event({ event_type: 'observation_start', ...about, ...start }));
    if (random(5) === 0) continue;
    const usage = random(2) === 0 ? { usage: { input: random(9), output: random(9) } } : {};
    const cost = random(2) === 0 ? { cost: { total: random(100) / 1_000 } } : {};
    const level = random(4) === 0 ? { level: 'ERROR' } : {};
    events.push(
      event({
        event_type: 'observation_end',
        ...about,
        end_time: at(step + 10),
        ...usage,
        ...cost,
        ...level,
      }),
    );
  }
  if (random(2) === 0) events.push(event({ event_type: 'trace_end', trace_id, end_time: at(20) }));
  return events;
}

/** Each writer gets about two thirds of the events, so that many come twice, in an order of its own. */
function batchesOf(events: readonly MergeEvent[], which: number, random: Random): MergeEvent[][] {
  const own = shuffled(
    events.filter((_, index) => index % 3 !== which),
    random,
  );
  const size = Math.ceil(own.length / BATCHES_PER_WRITER);
  return Array.from({ length: BATCHES_PER_WRITER }, (_, batch) =>
    own.slice(batch * size, (batch + 1) * size),
  );
}

async function store(events: readonly MergeEvent[], writer = rig.writer): Promise<void> {
  await rig.dataSource.transaction((manager) => writer.store(manager, events));
}

async function race(seed: number): Promise<string> {
  const random = randomFrom(seed);
  const project = randomUUID();
  const events = Array.from({ length: TRACES_PER_ROUND }, () => raceEvents(random))
    .flat()
    .map((sent, index) => decoded(project, sent, index + 1, T0 + 1_000));
  // Every other race with the way large batches take.
  const writer = new TraceWriter(seed % 2 === 0 ? 1 : undefined);
  let isWriting = true;
  const rollUp = async (): Promise<void> => {
    while (isWriting) await rig.rollup.step();
  };
  const write = async (which: number): Promise<void> => {
    for (const batch of batchesOf(events, which, random)) await store(batch, writer);
  };
  const counting = rollUp();
  await Promise.all([write(0), write(1)]).finally(() => (isWriting = false));
  await counting;
  await rig.rollUp();
  return project;
}

test('with two writers on each trace the roll-up equals the rows, in 1,000 seeded races', async () => {
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const project = await race(seed);
    expect({ seed, wrong: await rig.query(WRONG, [project]) }).toEqual({ seed, wrong: [] });
    expect({ seed, wrong: await rig.query(WRONG_HOURS, [project]) }).toEqual({ seed, wrong: [] });
    const counted = await rig.query('SELECT count(*)::int AS traces FROM traces WHERE project_id = $1', [
      project,
    ]);
    expect(counted).toEqual([{ traces: TRACES_PER_ROUND }]);
  }
  expect(await rig.query('SELECT * FROM trace_rollup_marks')).toEqual([]);
});

test('the comparison finds a roll-up that is not what the rows amount to', async () => {
  const project = await race(ROUNDS + 1);
  await rig.query('UPDATE traces SET observation_count = observation_count + 1 WHERE project_id = $1', [
    project,
  ]);
  expect(await rig.query(WRONG, [project])).toHaveLength(TRACES_PER_ROUND);
  expect(await rig.query(WRONG_HOURS, [project])).not.toEqual([]);
});

test('a step that waited for a writer counts what that writer committed', async () => {
  const project = randomUUID();
  const trace_id = randomUUID();
  const observation = (step: number): MergeEvent =>
    decoded(
      project,
      event({ event_type: 'observation', trace_id, observation_id: stepId(step), name: 'n', type: 'SPAN' }),
      step,
      T0,
    );
  await store([observation(1)]);
  const runner = rig.dataSource.createQueryRunner();
  await runner.startTransaction('READ COMMITTED');
  await rig.writer.store(runner.manager, [observation(2)]);
  const stepping = rig.rollup.step();
  await eventually(
    () =>
      rig.query(
        `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
      ),
    (waiting) => waiting.length > 0,
  );
  await runner.commitTransaction();
  await runner.release();
  await stepping;
  const sql = 'SELECT observation_count FROM traces WHERE id = $1';
  expect(await rig.query(sql, [trace_id])).toEqual([{ observation_count: 2 }]);
});
