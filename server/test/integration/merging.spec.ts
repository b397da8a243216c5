import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type EncodableEvent, encodeEntry } from 'swisper-studio/contract';
import { decodeAdmitted } from '../../src/stream-consumer/entry-decoder.ts';
import type { MergeEvent } from '../../src/traces/index.ts';
import { IngestRig, type Row } from './ingest-rig.ts';

const T0 = Date.UTC(2026, 5, 1, 12);
const TRACE = '018f4f0e-7c1a-7b3e-9d55-0a1b2c3d4e5f';
/** UUIDs: other texts become other ids in each project. */
const stepId = (step: number): string => `018f4f0e-7c1a-7b3e-9d55-00000000000${String(step)}`;
const STEP = stepId(1);

let rig: IngestRig;
beforeAll(async () => {
  rig = await IngestRig.start({ now: () => new Date(T0 + 10_000), nowMs: () => T0 + 10_000 });
});
afterAll(() => rig.close());

const at = (ms: number): string => new Date(T0 + ms).toISOString();
type Payloads = EncodableEvent['payloads'];
const event = (header: object, payloads: Payloads = []): EncodableEvent => ({
  header: { trace_id: TRACE, ...header },
  payloads,
});

/** One event as the consumer decodes it; `seq` is its number, so a second delivery is the same event. */
function decoded(projectId: string, sent: EncodableEvent, seq: number, receivedMs: number): MergeEvent {
  const counters = { accepted: 1, merged: 0, dropped: {}, config_version: 0 };
  const flat = encodeEntry({
    projectId,
    instanceId: 'i',
    seq,
    counters,
    sentAt: new Date(T0),
    events: [sent],
  });
  const fields = new Map<string, Buffer>();
  for (let i = 0; i < flat.length; i += 2) fields.set(String(flat[i]), Buffer.from(flat[i + 1] ?? ''));
  const content = decodeAdmitted(
    { id: `${String(receivedMs)}-0`, fields, bytes: 1 },
    { projectId, isFromServer: false },
  );
  const [only] = content.events;
  if (only === undefined) throw new Error(JSON.stringify(content.refused));
  return only.event;
}

/** How one project gets the events: batches of positions in the list of events. */
type Delivery = readonly (readonly number[])[];

/**
 * Delivers the same events to a project of its own per delivery. The n-th batches of all projects share one statement,
 * which does not mix rows of different projects.
 */
async function deliver(
  events: readonly EncodableEvent[],
  deliveries: readonly Delivery[],
): Promise<string[]> {
  const projects = deliveries.map(() => randomUUID());
  const steps = Math.max(...deliveries.map(({ length }) => length));
  for (let step = 0; step < steps; step++) {
    const batch = deliveries.flatMap((delivery, which) =>
      (delivery[step] ?? []).map((position) => {
        const sent = events[position];
        if (sent === undefined) throw new Error('no such event');
        return decoded(projects[which] ?? '', sent, position + 1, T0 + 1_000 + step * 7);
      }),
    );
    await rig.dataSource.transaction((manager) => rig.writer.store(manager, batch));
  }
  await rig.rollUp();
  return projects;
}

/** Distinct rows over all projects, without what may differ: the project and the times of arrival. */
async function distinctRows(projects: readonly string[]): Promise<Record<string, Row[]>> {
  const rows: Record<string, Row[]> = {};
  for (const table of ['traces', 'observations', 'observation_payloads']) {
    rows[table] = await rig.query(
      `SELECT row, count(*)::int AS projects FROM (
         SELECT (CASE WHEN $2 = 'observation_payloads' THEN to_jsonb(t) - 'body' || jsonb_build_object('body', (to_jsonb(t)->'body')::text)
                 ELSE to_jsonb(t) END) - '{project_id,received_at,last_received_at}'::text[] AS row
         FROM ${table} t WHERE project_id = ANY($1)) d GROUP BY row ORDER BY row::text`,
      [projects, table],
    );
  }
  return rows;
}

async function expectOneResult(
  events: readonly EncodableEvent[],
  deliveries: readonly Delivery[],
): Promise<Record<string, Row[]>> {
  const projects = await deliver(events, deliveries);
  const rows = await distinctRows(projects);
  for (const table of Object.values(rows)) {
    expect(table.filter((row) => row['projects'] !== projects.length)).toEqual([]);
  }
  return rows;
}

function permutations(length: number): number[][] {
  if (length === 0) return [[]];
  return permutations(length - 1).flatMap((rest) =>
    Array.from({ length }, (_, place) => [...rest.slice(0, place), length - 1, ...rest.slice(place)]),
  );
}

const ORDINARY: EncodableEvent[] = [
  event({ event_type: 'trace_start', name: 'run', user_id: 'u', tags: ['b', 'a'], timestamp: at(0) }, [
    ['input', '{"q":1}'],
  ]),
  event(
    {
      event_type: 'observation_start',
      observation_id: STEP,
      name: 'plan',
      type: 'AGENT',
      start_time: at(10),
    },
    [['input', '1']],
  ),
  event(
    {
      event_type: 'observation_end',
      observation_id: STEP,
      level: 'WARNING',
      model: 'm',
      usage: { input: 3 },
      end_time: at(20),
    },
    [['output', '2']],
  ),
  event({ event_type: 'observation_error', observation_id: STEP, status_message: 'boom', end_time: at(25) }, [
    ['error', '"boom"'],
  ]),
  event({ event_type: 'trace_update', name: 'renamed', session_id: 's', timestamp: at(30) }, [
    ['meta', '{}'],
  ]),
  event({ event_type: 'trace_end', level: 'ERROR', status_message: 'failed', end_time: at(40) }, [
    ['output', 'null'],
  ]),
];

const CONFLICTING: EncodableEvent[] = [
  event({ event_type: 'trace_start', name: 'one', user_id: 'u1', environment: 'dev', timestamp: at(5) }, [
    ['input', '1'],
  ]),
  event({ event_type: 'trace_start', name: 'two', session_id: 's2', timestamp: at(5) }, [['input', '2']]),
  event({ event_type: 'trace_update', name: 'early', user_id: 'early', end_time: at(99), timestamp: at(1) }),
  event(
    {
      event_type: 'observation',
      observation_id: STEP,
      name: 'n1',
      type: 'TOOL',
      start_time: at(8),
      end_time: at(30),
      status: 'interrupted',
    },
    [
      ['input', '1'],
      ['output', '1'],
    ],
  ),
  event(
    {
      event_type: 'observation_update',
      observation_id: STEP,
      name: 'n2',
      start_time: at(7),
      status: 'ok',
      timestamp: at(20),
    },
    [['output', '3']],
  ),
  event({ event_type: 'trace_end', status: 'interrupted', end_time: at(50) }),
];

const WITHOUT_STARTS: EncodableEvent[] = [
  event({ event_type: 'observation_end', observation_id: STEP, end_time: at(20) }),
  event({ event_type: 'observation_end', observation_id: STEP, status_message: 'again', end_time: at(21) }),
  event({
    event_type: 'observation_update',
    observation_id: STEP,
    model: 'm',
    model_parameters: { b: 1, a: [2] },
    timestamp: at(3),
  }),
  event({
    event_type: 'observation_start',
    observation_id: stepId(2),
    parent_observation_id: STEP,
    name: 'c',
    type: 'SPAN',
    start_time: at(11),
  }),
  event({ event_type: 'trace_update', user_id: 'u', timestamp: at(12) }),
  event({ event_type: 'trace_update', user_id: 'v', level: 'WARNING', timestamp: at(12) }),
];

describe.each([
  ['an ordinary trace', ORDINARY],
  ['conflicting writers', CONFLICTING],
  ['a trace without starts', WITHOUT_STARTS],
])('%s', (_, events) => {
  test.each([2, 3, 4, 5, 6])('every order of its first %i events ends in the same rows', async (count) => {
    const some = events.slice(0, count);
    const oneByOne = permutations(count).map((order) => order.map((position) => [position]));
    const atOnce = [some.map((_event, position) => position)];
    const twoBatches = permutations(count)
      .slice(0, 60)
      .map((order) => [order.slice(0, 2), order.slice(2)]);
    const rows = await expectOneResult(some, [...oneByOne, ...twoBatches, atOnce]);
    expect(rows['traces']).toHaveLength(1);
  });
});

test('the rows say what the events say', async () => {
  const { traces, observations } = await expectOneResult(ORDINARY, [
    [
      [5, 3, 1],
      [4, 2, 0],
    ],
  ]);
  expect(traces?.[0]?.['row']).toMatchObject({
    id: TRACE,
    name: 'renamed',
    user_id: 'u',
    session_id: 's',
    tags: ['b', 'a'],
    status: 'error',
    level: 'ERROR',
    own_level: 'ERROR',
    status_message: 'failed',
    observation_count: 1,
    error_count: 1,
    start_time: expect.stringContaining('12:00:00+00:00'),
    end_time: expect.stringContaining('12:00:00.04'),
  });
  expect(observations?.[0]?.['row']).toMatchObject({
    id: STEP,
    original_id: null,
    name: 'plan',
    type: 'AGENT',
    level: 'ERROR',
    reported_status: 'error',
    status_message: 'boom',
    model: 'm',
    usage: { input: 3 },
    end_time: expect.stringContaining('12:00:00.025'),
  });
});

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
    await expectOneResult(events, [[events.map((_, position) => position)], ...deliveries]);
  },
);

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
