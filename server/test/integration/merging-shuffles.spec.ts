import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { EncodableEvent } from 'swisper-studio/contract';
import type { IngestRig } from './ingest-rig.ts';
import {
  at,
  decoded,
  type Delivery,
  event,
  expectOneResult,
  type Payloads,
  startMergeRig,
  STEP,
  stepId,
  T0,
} from './merge-deliveries.ts';

let rig: IngestRig;
beforeAll(async () => {
  rig = await startMergeRig();
});
afterAll(() => rig.close());

/** A small generator with a seed, so that a failing run can be repeated. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const TYPES = [
  'trace_start',
  'trace_end',
  'trace_update',
  'observation_start',
  'observation_end',
  'observation_error',
  'observation',
  'observation_update',
];

function randomEvent(random: (below: number) => number): EncodableEvent {
  const type = TYPES[random(TYPES.length)] ?? 'trace_start';
  const maybe = (field: string, value: unknown): object => (random(2) === 0 ? {} : { [field]: value });
  const [first, second] = [at(random(6)), at(6 + random(6))];
  const header = {
    event_type: type,
    ...(type.startsWith('trace') ? {} : { observation_id: stepId(random(3)) }),
    timestamp: first,
    ...(type.endsWith('update') ? maybe('start_time', first) : { start_time: first }),
    ...(type.endsWith('update') ? maybe('end_time', second) : { end_time: second }),
    ...maybe('name', `name-${String(random(4))}`),
    ...maybe('user_id', `user-${String(random(3))}`),
    ...maybe('tags', [`t${String(random(2))}`]),
    ...maybe('model', `model-${String(random(2))}`),
    ...maybe('model_parameters', { temperature: random(3) }),
    ...maybe('usage', { input: random(5) }),
    ...maybe('parent_observation_id', stepId(random(4))),
    ...maybe('status_message', `m${String(random(3))}`),
    ...maybe('level', ['DEBUG', 'DEFAULT', 'WARNING', 'ERROR'][random(4)]),
    ...maybe('status', ['ok', 'error', 'interrupted'][random(3)]),
    ...maybe('type', ['SPAN', 'TOOL'][random(2)]),
  };
  const payloads: Payloads =
    random(2) === 0 ? [] : [[random(2) === 0 ? 'input' : 'output', String(random(5))]];
  return event(header, payloads);
}

/** All events in a random order, some of them again, cut into random batches. */
function randomDelivery(count: number, random: (below: number) => number): Delivery {
  const order = Array.from({ length: count }, (_, position) => position);
  for (let extra = random(count); extra > 0; extra--) order.push(random(count));
  for (let last = order.length - 1; last > 0; last--) {
    const other = random(last + 1);
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
  const batches: number[][] = [[]];
  for (const position of order) {
    if (random(4) === 0) batches.push([]);
    batches.at(-1)?.push(position);
  }
  return batches;
}

test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])(
  '60 shuffles, duplications and splits of 25 random events end in the same rows (seed %i)',
  async (seed) => {
    const random = randomFrom(seed);
    const events = Array.from({ length: 25 }, () => randomEvent(random));
    const deliveries = Array.from({ length: 59 }, () => randomDelivery(events.length, random));
    await expectOneResult(rig, events, [[events.map((_, position) => position)], ...deliveries]);
  },
);

const ORDINARY: EncodableEvent[] = [
  event({ event_type: 'trace_start', name: 'run', timestamp: at(0) }, [['input', '1']]),
  event({
    event_type: 'observation_start',
    observation_id: STEP,
    name: 'plan',
    type: 'AGENT',
    start_time: at(10),
  }),
  event({ event_type: 'observation_error', observation_id: STEP, status_message: 'boom', end_time: at(25) }),
  event({ event_type: 'trace_update', name: 'renamed', timestamp: at(30) }),
  event({ event_type: 'trace_end', level: 'ERROR', end_time: at(40) }),
];

test('an entry delivered again changes nothing, not even the row on disk', async () => {
  const project = randomUUID();
  const batch = ORDINARY.map((sent, position) => decoded(project, sent, position + 1, T0 + 1_000));
  const store = () => rig.dataSource.transaction((manager) => rig.writer.store(manager, batch));
  await store();
  const read = () =>
    rig.query(
      `SELECT t.xmin::text AS t, o.xmin::text AS o FROM traces t JOIN observations o USING (project_id) WHERE project_id = $1`,
      [project],
    );
  const before = await read();
  await store();
  // ON CONFLICT locks what it does not change, and a lock is no new version of the row: xmin stays.
  expect(await read()).toEqual(before);
});

test('two writers of the same rows never deadlock', async () => {
  const projects = Array.from({ length: 40 }, () => randomUUID());
  const all = projects.flatMap((project) =>
    ORDINARY.map((sent, position) => decoded(project, sent, position + 1, T0 + 1_000)),
  );
  const writers = Array.from({ length: 4 }, async (_, writer) => {
    for (let round = 0; round < 5; round++) {
      const batch = writer % 2 === 0 ? all : [...all].reverse();
      await rig.dataSource.transaction((manager) => rig.writer.store(manager, batch));
    }
  });
  await Promise.all([...writers, rig.rollUp()]);
  await rig.rollUp();
  const rows = await rig.query(
    'SELECT DISTINCT status::text, observation_count, error_count FROM traces WHERE project_id = ANY($1)',
    [projects],
  );
  expect(rows).toEqual([{ status: 'error', observation_count: 1, error_count: 1 }]);
});
