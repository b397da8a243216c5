import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TraceRollup } from '../../src/traces/index.ts';
import type { IngestRig, Row } from './ingest-rig.ts';
import { at, decoded, event, startMergeRig, stepId, T0 } from './merge-deliveries.ts';

const nobodyGone = { findGone: () => Promise.resolve(new Set<string>()) };
let rig: IngestRig;
let nowMs = T0 + 10_000;
let rollup: TraceRollup;

beforeAll(async () => {
  rig = await startMergeRig();
  rollup = new TraceRollup(rig.dataSource, nobodyGone, { now: () => new Date(nowMs), nowMs: () => nowMs });
});
afterAll(() => rig.close());

/** A trace of one project that is told about by headers, and its row once counted. */
class CountedTrace {
  readonly id = randomUUID();
  private readonly project = randomUUID();
  private seq = 0;

  async store(...headers: object[]): Promise<void> {
    const events = headers.map((header) =>
      decoded(this.project, event({ trace_id: this.id, ...header }), ++this.seq, T0 + 1_000),
    );
    await rig.dataSource.transaction((manager) => rig.writer.store(manager, events));
  }

  async counted(): Promise<Row> {
    while ((await rollup.step()) > 0);
    return (await rig.query('SELECT * FROM traces WHERE id = $1', [this.id]))[0] ?? {};
  }
}

const step = (id: string, fields: object): object => ({
  event_type: 'observation',
  observation_id: id,
  name: 'n',
  type: 'GENERATION',
  start_time: at(0),
  end_time: at(1),
  ...fields,
});

test('tokens and cost are summed; a total that is not told is its parts', async () => {
  const trace = new CountedTrace();
  await trace.store(
    step(stepId(1), { usage: { input: 100, output: 20, total: 125 }, cost: { total: 0.1 } }),
    step(stepId(2), { usage: { input: 1, output: 2 }, cost: { input: 0.2, output: 0.05 } }),
    step(stepId(3), { usage: { input: 7 }, cost: {} }),
    step(stepId(4), {}),
  );
  const expected = {
    input_tokens: '108',
    output_tokens: '22',
    total_tokens: '135',
    input_cost: '0.2',
    output_cost: '0.05',
    total_cost: '0.35',
    observation_count: 4,
  };
  expect(await trace.counted()).toMatchObject(expected);
  await trace.store(step(stepId(2), { usage: { input: 1, output: 2 }, cost: { input: 0.2, output: 0.05 } }));
  expect(await trace.counted()).toMatchObject(expected);
});

test('where nothing is told there is no sum', async () => {
  const trace = new CountedTrace();
  await trace.store(step(stepId(1), {}));
  expect(await trace.counted()).toMatchObject({
    input_tokens: null,
    output_tokens: null,
    total_tokens: null,
    input_cost: null,
    output_cost: null,
    total_cost: null,
  });
});

test('numbers that cannot be meant do not stop the counting', async () => {
  const trace = new CountedTrace();
  await trace.store(
    step(stepId(1), { usage: { input: '12', output: null, total: [1] }, cost: { total: 'free' } }),
    step(stepId(2), {
      usage: { input: -5, output: 1.5, total: 1e300 },
      cost: { total: 1e300, input: 1e-300 },
    }),
    ...Array.from({ length: 12 }, () => step(randomUUID(), { usage: { total: 1e300 } })),
  );
  expect(await trace.counted()).toMatchObject({
    observation_count: 14,
    input_tokens: '0',
    output_tokens: '2',
    total_tokens: '9007199254740991',
    input_cost: '0',
    total_cost: '1000000000000',
  });
});

test('the duration is that of the trace once it has ended', async () => {
  const trace = new CountedTrace();
  await trace.store({ event_type: 'trace_start', name: 'n', timestamp: at(0) }, step(stepId(1), {}));
  expect(await trace.counted()).toMatchObject({ duration_ms: null });
  await trace.store({ event_type: 'trace_end', end_time: at(1_234) });
  expect(await trace.counted()).toMatchObject({ duration_ms: 1_234 });
});

test('a large trace waits five seconds between counts, but not for its end', async () => {
  const trace = new CountedTrace();
  const many = (count: number): object[] => Array.from({ length: count }, () => step(randomUUID(), {}));
  await trace.store(...many(1_100));
  expect(await trace.counted()).toMatchObject({ observation_count: 1_100, status: 'running' });
  await trace.store(...many(10));
  expect(await trace.counted()).toMatchObject({ observation_count: 1_100 });
  await trace.store({ event_type: 'trace_end', end_time: at(50) });
  expect(await trace.counted()).toMatchObject({ observation_count: 1_110, status: 'ok' });
  await trace.store(...many(10));
  expect(await trace.counted()).toMatchObject({ observation_count: 1_110 });
  nowMs += 5_000;
  expect(await trace.counted()).toMatchObject({ observation_count: 1_120 });
});
