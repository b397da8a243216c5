import { Annotation, END, START, StateGraph } from '@langchain/langgraph';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTracedGraph, flush, publishEvent, shutdown, traced } from '../../src/index.ts';
import { uuidV7 } from '../../src/uuid-v7.ts';
import { ObservedProject } from '../observed-project.ts';

const SECRET = 'hunter2';

const State = Annotation.Root({
  user_id: Annotation<string>(),
  password: Annotation<string>(),
  answer: Annotation<string>(),
});

const graph = new StateGraph(State)
  .addNode('think', ({ password }) => ({ answer: `the password is ${password}` }))
  .addNode('refuse', ({ password }) => {
    throw new Error(`will not say ${password}`);
  })
  .addEdge(START, 'think')
  .addEdge('think', 'refuse')
  .addEdge('refuse', END)
  .compile();

let project: ObservedProject;

beforeEach(() => {
  project = new ObservedProject(process.env['SWISPER_TEST_REDIS_URL'] ?? '');
});
afterEach(async () => {
  await shutdown(60_000);
  project.close();
});

/** Runs the graph and returns everything that reached Redis. */
async function sent(): Promise<Awaited<ReturnType<ObservedProject['events']>>> {
  const agent = createTracedGraph(graph, { traceName: 'privacy' });
  await expect(agent.invoke({ user_id: 'u1', password: SECRET })).rejects.toThrow(`will not say ${SECRET}`);
  expect(await flush(60_000)).toBe(true);
  return project.events();
}

const kindsOf = (events: readonly object[]): string[] =>
  [...new Set(events.flatMap((event) => Object.keys(event)))]
    .filter((key) => ['input', 'output', 'state_after', 'error', 'meta'].includes(key))
    .sort();

describe('what reaches Redis of a graph run', () => {
  test('holds the secret unless something is done: the control of the tests below', async () => {
    project.initialize();
    const events = await sent();
    expect(JSON.stringify(events)).toContain(SECRET);
    expect(kindsOf(events)).toEqual(['error', 'input', 'meta', 'output', 'state_after']);
  });

  test('holds nothing the mask hides, in state, results, errors and messages alike', async () => {
    project.initialize({
      mask: (value) => JSON.parse(JSON.stringify(value).replaceAll(SECRET, '***')) as unknown,
    });
    const events = await sent();
    expect(JSON.stringify(events)).not.toContain(SECRET);
    expect(JSON.stringify(events)).toContain('will not say ***');
    expect((await project.observations()).get('think')).toMatchObject({
      input: { password: '***' },
      state_after: { answer: 'the password is ***' },
    });
  });

  test('holds no value of a secret field, wherever it is a field', async () => {
    project.initialize({ redact: ['secretFields'] });
    await sent();
    expect((await project.observations()).get('think')).toMatchObject({
      input: { user_id: 'u1', password: '[redacted:secret]' },
    });
  });

  test('holds no input and no state with captureInput off, and says who it was for', async () => {
    project.initialize({ captureInput: false });
    const events = await sent();
    expect(kindsOf(events)).toEqual(['error', 'meta', 'output']);
    const of = (type: string) => events.filter(({ event_type }) => event_type === type);
    expect(of('trace_start')).toMatchObject([{ user_id: 'u1' }]);
    expect(of('trace_end')).toMatchObject([{ status: 'error' }]);
  });

  test('holds no output and no state after a node with captureOutput off', async () => {
    project.initialize({ captureOutput: false });
    expect(kindsOf(await sent())).toEqual(['error', 'input', 'meta']);
  });
});

test('a sampled share of the traces is recorded whole, the rest not at all, by id in every process', async () => {
  const sampleRate = 0.5;
  project.initialize({ sampleRate });
  const inner = traced('inner', () => 1);
  const outer = traced('outer', () => inner() + inner());
  for (let i = 0; i < 200; i += 1) expect(outer()).toBe(2);
  const ids = Array.from({ length: 100 }, () => uuidV7());
  for (const traceId of ids) publishEvent('trace_start', { traceId, data: { name: 'by hand' } });
  for (const traceId of ids) publishEvent('trace_end', { traceId });
  expect(await flush(60_000)).toBe(true);

  const byTrace = new Map<unknown, string[]>();
  for (const { trace_id: id, event_type: type } of await project.events()) {
    byTrace.set(id, [...(byTrace.get(id) ?? []), String(type)]);
  }
  const byHand = [...byTrace.entries()].filter(([id]) => ids.some((known) => known === id));
  const wrapped = [...byTrace.entries()].filter(([id]) => !ids.some((known) => known === id));
  for (const [, types] of byHand) expect(types).toEqual(['trace_start', 'trace_end']);
  for (const [, types] of wrapped) {
    expect(types.sort()).toEqual(['observation', 'observation', 'observation', 'trace_end', 'trace_start']);
  }
  // Six standard deviations around half of them.
  expect(Math.abs(wrapped.length - 100)).toBeLessThan(43);
  expect(Math.abs(byHand.length - 50)).toBeLessThan(31);
  const [last] = (await project.entries()).slice(-1);
  const numbered = (last?.seq ?? 0) + (last?.n ?? 0) - 1;
  expect(last?.counters).toMatchObject({ accepted: numbered + (last?.counters.merged ?? 0), dropped: {} });
});
