import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { EncodableEvent } from 'swisper-studio/contract';
import type { IngestRig } from './ingest-rig.ts';
import { at, event, expectOneResult, startMergeRig, STEP, stepId, TRACE } from './merge-deliveries.ts';

let rig: IngestRig;
beforeAll(async () => {
  rig = await startMergeRig();
});
afterAll(() => rig.close());

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
    const rows = await expectOneResult(rig, some, [...oneByOne, ...twoBatches, atOnce]);
    expect(rows['traces']).toHaveLength(1);
  });
});

test('the rows say what the events say', async () => {
  const { traces, observations } = await expectOneResult(rig, ORDINARY, [
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
