import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { eventVersion } from './event-version.ts';
import { foldEvents } from './event-fold.ts';
import type { MergeEvent, RegisterWrite } from './merge-event.ts';
import { OBSERVATION_MERGE, TRACE_MERGE } from './merge-fields.ts';
import { OBSERVATION_COLUMNS, recordOf, TRACE_COLUMNS } from './row-columns.ts';

const PROJECT = '0d7aa606-cb29-4a31-8a59-50fa61151a32';
const trace = { id: '11111111-1111-4111-8111-111111111111', originalId: null };
const observation = { id: '22222222-2222-4222-8222-222222222222', originalId: 'step' };
const text = (ms: number): string => `2026-01-01T00:00:00.${String(ms).padStart(3, '0')}000Z`;

type Kind = 'start' | 'end' | 'update';
interface Plan {
  kind: Kind;
  ofTrace: boolean;
  ms: number;
  seq: number;
  values: Record<string, string>;
  level: 'DEBUG' | 'ERROR' | null;
}

const OWNED = { start: ['name', 'user_id', 'start_time'], end: ['status_message', 'end_time'] };

function eventOf(plan: Plan): MergeEvent {
  const digest = JSON.stringify(plan).length.toString(16).padStart(16, '0');
  const version = eventVersion({ epochMs: 1_767_225_600_000 + plan.ms, micros: 0 }, plan.seq, digest);
  const owned = plan.kind === 'update' ? [...OWNED.start, ...OWNED.end] : OWNED[plan.kind];
  const merge = plan.ofTrace ? TRACE_MERGE : OBSERVATION_MERGE;
  const writes: RegisterWrite[] = owned
    .filter((column) => merge.positions.has(column))
    .filter((column) => column in plan.values || (plan.kind === 'start' && column === 'start_time'))
    .map((column) => ({ column, value: plan.values[column] ?? text(plan.ms), version }));
  return {
    projectId: PROJECT,
    isSigned: true,
    trace,
    observation: plan.ofTrace ? null : observation,
    receivedMs: 1_767_225_600_000 + plan.ms,
    earliest: text(plan.ms),
    startVersion: plan.kind === 'start' ? version : null,
    endVersion: plan.kind === 'end' ? version : null,
    writes,
    level: plan.level,
    marks: plan.level === null ? [] : [`m${String(plan.ms % 3)}`],
    payloads: [{ kind: 'input', bytes: Buffer.from(JSON.stringify(plan.values)), version }],
  };
}

/** Every plan gets a number of its own, so two different events never share a version. */
const plans = fc
  .array(
    fc.record({
      kind: fc.constantFrom<Kind>('start', 'end', 'update'),
      ofTrace: fc.boolean(),
      ms: fc.integer({ min: 0, max: 5 }),
      values: fc.dictionary(
        fc.constantFrom('name', 'user_id', 'status_message'),
        fc.constantFrom('a', 'b', 'c'),
      ),
      level: fc.constantFrom<Plan['level']>('DEBUG', 'ERROR', null),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((list) => list.map((plan, index) => eventOf({ ...plan, seq: index + 1 })));

const result = (events: readonly MergeEvent[]): unknown => {
  const fold = foldEvents(events);
  return {
    traces: fold.traces.map((row) => recordOf(row, TRACE_COLUMNS)),
    observations: fold.observations.map((row) => recordOf(row, OBSERVATION_COLUMNS)),
    payloads: fold.payloads.map(({ key, bytes, version }) => ({ key, body: bytes.toString(), version })),
  };
};

test('events in any order, any of them delivered twice, fold to the same rows', () => {
  fc.assert(
    fc.property(
      plans.chain((events) =>
        fc.tuple(
          fc.constant(events),
          fc.shuffledSubarray(events, { minLength: events.length }),
          fc.subarray(events),
        ),
      ),
      ([events, shuffled, again]) => {
        expect(result([...shuffled, ...again])).toEqual(result(events));
      },
    ),
    { numRuns: 500 },
  );
});

test('a later value wins even when it arrives first', () => {
  const first = eventOf({
    kind: 'start',
    ofTrace: true,
    ms: 1,
    seq: 1,
    values: { name: 'old' },
    level: null,
  });
  const second = eventOf({
    kind: 'update',
    ofTrace: true,
    ms: 2,
    seq: 2,
    values: { name: 'new' },
    level: null,
  });
  for (const events of [
    [first, second],
    [second, first],
  ]) {
    const [row] = foldEvents(events).traces;
    expect(row && recordOf(row, TRACE_COLUMNS)).toMatchObject({ name: 'new' });
  }
});

test('a row without its start has the earliest time known, and gives it up for the real one', () => {
  const end = eventOf({
    kind: 'end',
    ofTrace: true,
    ms: 1,
    seq: 2,
    values: { end_time: text(1) },
    level: null,
  });
  const step = eventOf({ kind: 'start', ofTrace: false, ms: 3, seq: 3, values: {}, level: null });
  const start = eventOf({ kind: 'start', ofTrace: true, ms: 4, seq: 1, values: {}, level: null });
  const startTimes = [
    [step, end],
    [step, start, end],
  ].map((events) => foldEvents(events).traces.map((row) => recordOf(row, TRACE_COLUMNS)['start_time']));
  expect(startTimes).toEqual([[text(1)], [text(4)]]);
});

test('a plain start and end leave no versions behind', () => {
  const start = eventOf({
    kind: 'start',
    ofTrace: true,
    ms: 1,
    seq: 1,
    values: { name: 'run' },
    level: null,
  });
  const end = eventOf({
    kind: 'end',
    ofTrace: true,
    ms: 2,
    seq: 2,
    values: { end_time: text(2) },
    level: null,
  });
  const [row] = foldEvents([end, start]).traces;
  expect(row && recordOf(row, TRACE_COLUMNS)).toMatchObject({
    versions: null,
    name: 'run',
    end_time: text(2),
  });
});
