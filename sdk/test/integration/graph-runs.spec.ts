import { describe, expect, test } from '@jest/globals';
import { Command, interrupt, MemorySaver, START, StateGraph } from '@langchain/langgraph';
import { createTracedGraph, flush, getCurrentTraceId, traced } from '../../src/index.ts';
import { waitUntil } from '../observed-project.ts';
import { input, sequence, State } from '../sequence-graph.ts';
import { recordedTraces } from '../recorded-runs.ts';
import { useObservedProject } from '../use-observed-project.ts';

const project = useObservedProject();

const traceEvents = () => recordedTraces(project);

describe('a node that waits for a person', () => {
  test('is interrupted, not an error, and the resumed run is a trace of its own with the same user', async () => {
    const graph = createTracedGraph(
      new StateGraph(State)
        .addNode('ask', () => ({ intent: String(interrupt('which?')) }))
        .addEdge(START, 'ask')
        .compile({ checkpointer: new MemorySaver() }),
      { traceName: 'asking' },
    );
    const config = { configurable: { thread_id: '1' } };
    await graph.invoke(input, config);
    const resumed = await graph.invoke(new Command({ resume: 'this one' }), config);
    expect(resumed.intent).toBe('this one');
    const { starts, ends } = await traceEvents();
    expect(ends.map(({ status }) => status)).toEqual(['interrupted', 'ok']);
    expect(starts.map(({ user_id, session_id }) => [user_id, session_id])).toEqual([
      [input.user_id, 'chat-1'],
      [input.user_id, 'chat-1'],
    ]);
    const asked = (await project.events()).filter(({ name }) => name === 'ask');
    expect(asked.map(({ level }) => level)).not.toContain('ERROR');
  });
});

describe('a run that is aborted', () => {
  test('is an error, and a node that goes on has its end when it comes', async () => {
    const controller = new AbortController();
    const released = Promise.withResolvers<void>();
    const graph = new StateGraph(State)
      .addNode('slow', async () => {
        controller.abort();
        await released.promise;
        return { intent: 'late' };
      })
      .addEdge(START, 'slow')
      .compile();
    const run = createTracedGraph(graph, { traceName: 'aborted' }).invoke(input, {
      signal: controller.signal,
    });
    await expect(run).rejects.toThrow('Abort');
    released.resolve();
    await waitUntil(async () => {
      await flush(60_000);
      return (await project.observations()).get('slow')?.['end_time'] !== undefined;
    });
    const { ends } = await traceEvents();
    expect(ends).toEqual([expect.objectContaining({ status: 'error' })]);
  });
});

describe('a graph inside', () => {
  test('another traced graph is an observation of the same trace', async () => {
    const inner = createTracedGraph(sequence().compile(), { traceName: 'inner' });
    const outer = createTracedGraph(
      new StateGraph(State)
        .addNode('delegate', (state) => inner.invoke(state))
        .addEdge(START, 'delegate')
        .compile(),
      { traceName: 'outer' },
    );
    await outer.invoke(input);
    const { starts } = await traceEvents();
    expect(starts.map(({ name }) => name)).toEqual(['outer']);
    const nodes = await project.observations();
    expect(nodes.get('inner')?.['parent_observation_id']).toBe(nodes.get('delegate')?.['observation_id']);
    expect(nodes.get('classify')?.['parent_observation_id']).toBe(nodes.get('inner')?.['observation_id']);
  });

  test('a traced function joins its trace', async () => {
    const graph = createTracedGraph(sequence().compile(), { traceName: 'inner' });
    const ids: unknown[] = [];
    await traced('request', async () => {
      ids.push(getCurrentTraceId());
      await graph.invoke(input);
      ids.push(getCurrentTraceId());
    })();
    const { starts } = await traceEvents();
    expect(starts).toHaveLength(1);
    expect(ids).toEqual([starts[0]?.['trace_id'], starts[0]?.['trace_id']]);
    expect(getCurrentTraceId()).toBeUndefined();
  });
});

test('configured copies of a traced graph record too, and wrapping twice records once', async () => {
  const graph = createTracedGraph(sequence().compile(), { traceName: 'supervisor' });
  await graph
    .withConfig({ recursionLimit: 50 })
    .withConfig({ tags: ['x'] })
    .invoke(input);
  await createTracedGraph(graph, { traceName: 'again' }).invoke(input);
  const { starts } = await traceEvents();
  expect(starts.map(({ name }) => name)).toEqual(['supervisor', 'supervisor']);
  const nodes = (await project.events()).filter(({ name }) => name === 'classify');
  expect(nodes).toHaveLength(2);
});

test('an unwrapped subgraph is one observation of type AGENT, with its own nodes below', async () => {
  const outer = new StateGraph(State).addNode('sub', sequence().compile()).addEdge(START, 'sub').compile();
  const expected = await outer.invoke(input);
  expect(await createTracedGraph(outer, { traceName: 'outer' }).invoke(input)).toEqual(expected);
  await flush(60_000);
  const nodes = await project.observations();
  expect(nodes.get('sub')).toMatchObject({
    type: 'AGENT',
    input,
    state_after: { messages: ['hello', 'hello', 'echo hello'] },
  });
  for (const name of ['classify', 'work', 'clean'])
    expect(nodes.get(name)?.['parent_observation_id']).toBe(nodes.get('sub')?.['observation_id']);
  expect(nodes.get('work')).toMatchObject({ type: 'CHAIN', input: { ...input, intent: 'greeting' } });
  expect(nodes.get('llm')?.['parent_observation_id']).toBe(nodes.get('work')?.['observation_id']);
  expect(nodes.size).toBe(5);
});

test('a graph without a name for its traces has the one it was compiled with', async () => {
  await createTracedGraph(sequence().compile({ name: 'concierge' })).invoke(input);
  await createTracedGraph(sequence().compile()).invoke(input);
  const { starts } = await traceEvents();
  expect(starts.map(({ name }) => name)).toEqual(['concierge', 'LangGraph']);
});

test('something that is no compiled graph is returned as it is', () => {
  const odd = { invoke: () => 1 };
  expect(createTracedGraph(odd, { traceName: 'odd' })).toBe(odd);
  expect(project.log.lines.at(-1)).toBe(
    'warn ⚠️ SwisperStudio cannot trace "odd": not a compiled LangGraph.js graph it knows',
  );
});
