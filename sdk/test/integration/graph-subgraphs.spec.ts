import { describe, expect, test } from '@jest/globals';
import { Annotation, Command, interrupt, MemorySaver, Send, START, StateGraph } from '@langchain/langgraph';
import { createTracedGraph } from '../../src/index.ts';
import { recordedRuns } from '../recorded-runs.ts';
import { input, sequence, State } from '../sequence-graph.ts';
import { useObservedProject } from '../use-observed-project.ts';

const project = useObservedProject();

const recorded = () => recordedRuns(project);
const thread = { configurable: { thread_id: '1' } };

describe('subgraphs', () => {
  const inner = () =>
    new StateGraph(State)
      .addNode('ask', () => ({ intent: String(interrupt('which?')) }))
      .addNode('use', ({ intent }) => ({ messages: [`use ${String(intent)}`] }))
      .addEdge(START, 'ask')
      .addEdge('ask', 'use');

  test('of subgraphs nest as deep as they are', async () => {
    const middle = new StateGraph(State).addNode('deep', sequence().compile()).addEdge(START, 'deep');
    const outer = new StateGraph(State).addNode('sub', middle.compile()).addEdge(START, 'sub').compile();
    const expected = await outer.invoke(input);
    expect(await createTracedGraph(outer, { traceName: 'outer' }).invoke(input)).toEqual(expected);
    const { paths } = await recorded();
    // The run that is not traced has one traced function.
    expect(paths.filter((path) => path !== 'llm')).toEqual([
      'sub',
      'sub/deep',
      'sub/deep/classify',
      'sub/deep/clean',
      'sub/deep/work',
      'sub/deep/work/llm',
    ]);
  });

  test('that wait for a person are interrupted with the node they are, and go on where they were', async () => {
    const graph = createTracedGraph(
      new StateGraph(State)
        .addNode('before', () => ({ messages: ['before'] }))
        .addNode('sub', inner().compile())
        .addEdge(START, 'before')
        .addEdge('before', 'sub')
        .compile({ checkpointer: new MemorySaver() }),
      { traceName: 'outer' },
    );
    await graph.invoke(input, thread);
    const first = await recorded();
    expect(first.ends).toMatchObject([{ status: 'interrupted' }]);
    expect(first.paths).toEqual(['before', 'sub', 'sub/ask']);
    expect(first.named('sub')).toMatchObject([{ status: 'interrupted', type: 'AGENT' }]);
    expect(first.named('ask')).toMatchObject([
      { status: 'interrupted', meta: { langgraph: { step: 1 }, interrupts: [{ value: 'which?' }] } },
    ]);
    const result = await graph.invoke(new Command({ resume: 'this' }), thread);
    expect(result.intent).toBe('this');
    const { ends, named, observations } = await recorded();
    expect(ends.map(({ status }) => status)).toEqual(['interrupted', 'ok']);
    expect(named('use')).toMatchObject([{ input: { intent: 'this' }, status: 'ok' }]);
    expect(named('before')).toHaveLength(1);
    expect(observations.filter(({ level }) => level === 'ERROR')).toEqual([]);
  });

  test('that are called by a node are an observation below it, and wait with it', async () => {
    const called = createTracedGraph(inner().compile(), { traceName: 'called' });
    const graph = createTracedGraph(
      new StateGraph(State)
        .addNode('calls', async (state) => {
          const { intent } = await called.invoke(state);
          return { intent };
        })
        .addEdge(START, 'calls')
        .compile({ checkpointer: new MemorySaver() }),
      { traceName: 'outer' },
    );
    await graph.invoke(input, thread);
    const first = await recorded();
    expect(first.paths).toEqual(['calls', 'calls/called', 'calls/called/ask']);
    expect(first.observations.map(({ status }) => status)).toEqual(Array(3).fill('interrupted'));
    expect((await graph.invoke(new Command({ resume: 'this' }), thread)).intent).toBe('this');
    const { ends, named, observations } = await recorded();
    expect(ends.map(({ status }) => status)).toEqual(['interrupted', 'ok']);
    expect(named('called').map(({ status }) => status)).toEqual(['interrupted', 'ok']);
    expect(observations.filter(({ level }) => level === 'ERROR')).toEqual([]);
  });

  test('of runs at the same time stay in the trace of their run', async () => {
    const outer = new StateGraph(State).addNode('sub', sequence().compile()).addEdge(START, 'sub').compile();
    const graph = createTracedGraph(outer, { traceName: 'outer' });
    const users = Array.from({ length: 8 }, (_, i) => `u${String(i)}`);
    await Promise.all(users.map((user_id) => graph.invoke({ ...input, user_id })));
    const { observations, starts } = await recorded();
    for (const { trace_id, user_id } of starts) {
      const own = observations.filter((row) => row['trace_id'] === trace_id);
      const ids = own.map(({ observation_id }) => observation_id);
      expect(own.map(({ name }) => name).sort()).toEqual(['classify', 'clean', 'llm', 'sub', 'work']);
      expect(own.every(({ parent_observation_id: id }) => id === undefined || ids.includes(id))).toBe(true);
      const states = own.filter(({ name }) => name !== 'llm').map((row) => row['input']);
      expect(states).toMatchObject(Array(4).fill({ user_id }));
    }
  });

  test('that hand a command to the graph above end with it, which is no error', async () => {
    const handing = new StateGraph(State)
      .addNode(
        'hand',
        () => new Command({ goto: 'after', update: { intent: 'handed' }, graph: Command.PARENT }),
      )
      .addEdge(START, 'hand')
      .compile();
    const outer = new StateGraph(State)
      .addNode('sub', handing, { ends: ['after'] })
      .addNode('after', () => ({ messages: ['after'] }))
      .addEdge(START, 'sub')
      .compile();
    const expected = await outer.invoke(input);
    expect(await createTracedGraph(outer, { traceName: 'outer' }).invoke(input)).toEqual(expected);
    const { paths, observations, ends } = await recorded();
    expect(paths).toEqual(['after', 'sub', 'sub/hand']);
    expect(observations.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok']);
    expect(ends).toMatchObject([{ status: 'ok', output: { intent: 'handed' } }]);
  });

  test('reached by Send run side by side, each with its own nodes', async () => {
    const Done = Annotation.Root({ messages: State.spec.messages });
    const worker = new StateGraph({ stateSchema: State, output: Done })
      .addNode('job', ({ intent }) => ({ messages: [`done ${String(intent)}`] }))
      .addEdge(START, 'job')
      .compile();
    const outer = new StateGraph(State)
      .addNode('worker', worker)
      .addConditionalEdges(
        START,
        () => ['a', 'b', 'c'].map((intent) => new Send('worker', { ...input, intent })),
        ['worker'],
      )
      .compile();
    const expected = await outer.invoke(input);
    expect(await createTracedGraph(outer, { traceName: 'map' }).invoke(input)).toEqual(expected);
    const { named } = await recorded();
    const jobs = named('job');
    expect(jobs.map((row) => (row['input'] as { intent: string }).intent).sort()).toEqual(['a', 'b', 'c']);
    expect(new Set(jobs.map((row) => row['parent_observation_id'])).size).toBe(3);
  });
});

describe('checkpoints', () => {
  test('a run from the middle of an earlier one has the state of that moment', async () => {
    const graph = createTracedGraph(sequence().compile({ checkpointer: new MemorySaver() }), {
      traceName: 'agent',
    });
    await graph.invoke(input, thread);
    const history = [];
    for await (const snapshot of graph.getStateHistory(thread)) history.push(snapshot);
    const beforeWork = history.find(({ next }) => next[0] === 'work');
    await graph.invoke(null, beforeWork?.config ?? thread);
    const { named, starts } = await recorded();
    expect(named('classify')).toHaveLength(1);
    const [first, second] = named('work');
    expect(second?.['input']).toEqual(first?.['input']);
    expect(starts[1]).toMatchObject({ user_id: input.user_id, session_id: 'chat-1' });
  });

  test('a graph that stops before a node is interrupted there, and goes on without input', async () => {
    const graph = createTracedGraph(
      sequence().compile({ checkpointer: new MemorySaver(), interruptBefore: ['work'] }),
      { traceName: 'agent' },
    );
    await graph.invoke(input, thread);
    await graph.invoke(null, thread);
    const { ends, paths } = await recorded();
    expect(ends.map(({ status }) => status)).toEqual(['interrupted', 'ok']);
    expect(paths).toEqual(['classify', 'clean', 'work', 'work/llm']);
  });

  test('one of several parallel nodes waits: the others are not run again', async () => {
    const graph = createTracedGraph(
      new StateGraph(State)
        .addNode('ask', () => ({ intent: String(interrupt('which?')) }))
        .addNode('work', () => ({ messages: ['worked'] }))
        .addEdge(START, 'ask')
        .addEdge(START, 'work')
        .compile({ checkpointer: new MemorySaver() }),
      { traceName: 'both' },
    );
    await graph.invoke(input, thread);
    await graph.invoke(new Command({ resume: 'this' }), thread);
    const { ends, named } = await recorded();
    expect(ends).toMatchObject([
      { status: 'interrupted' },
      { status: 'ok', output: { intent: 'this', messages: ['hello', 'worked'] } },
    ]);
    expect(named('work')).toMatchObject([{ status: 'ok' }]);
    expect(named('ask').map(({ status }) => status)).toEqual(['interrupted', 'ok']);
    expect(named('ask')[1]?.['state_after']).toMatchObject({ intent: 'this', messages: ['hello', 'worked'] });
  });
});
