import { describe, expect, test } from '@jest/globals';
import { Send, START, StateGraph } from '@langchain/langgraph';
import { nowMs } from '../../src/clock.ts';
import { createTracedGraph, flush } from '../../src/index.ts';
import { input, sequence, State } from '../sequence-graph.ts';
import { recordedTraces } from '../recorded-runs.ts';
import { useObservedProject } from '../use-observed-project.ts';

const project = useObservedProject();

const traceEvents = () => recordedTraces(project);

describe('a sequence of nodes', () => {
  test('is recorded with state before, output and state after of each node', async () => {
    const result = await createTracedGraph(sequence().compile(), { traceName: 'supervisor' }).invoke(input);
    const { starts, ends } = await traceEvents();
    expect(starts).toEqual([
      expect.objectContaining({
        name: 'supervisor',
        user_id: input.user_id,
        session_id: 'chat-1',
        environment: 'production',
        input,
      }),
    ]);
    expect(ends).toEqual([
      expect.objectContaining({ trace_id: starts[0]?.['trace_id'], status: 'ok', output: result }),
    ]);
    const nodes = await project.observations();
    const afterClassify = { ...input, intent: 'greeting' };
    const notes = { count: 1, last: 'echo hello' };
    const afterWork = { ...afterClassify, messages: ['hello', 'echo hello'], notes };
    expect(nodes.get('classify')).toMatchObject({
      type: 'CHAIN',
      status: 'ok',
      input,
      output: { intent: 'greeting' },
      state_after: afterClassify,
    });
    expect(nodes.get('classify')?.['state_after']).toEqual(afterClassify);
    expect(nodes.get('work')).toMatchObject({
      input: afterClassify,
      output: { messages: ['echo hello'], notes },
      state_after: afterWork,
    });
    expect(nodes.get('clean')).toMatchObject({
      input: afterWork,
      output: { intent: null },
      state_after: { ...afterWork, intent: null },
    });
    expect(nodes.get('classify')?.['parent_observation_id']).toBeUndefined();
    expect(nodes.get('llm')).toMatchObject({
      type: 'GENERATION',
      parent_observation_id: nodes.get('work')?.['observation_id'],
      input: 'hello',
      output: 'echo hello',
    });
    expect(nodes.get('work')?.['meta']).toMatchObject({ langgraph: { step: 2 }, note: 'from the node' });
    expect(nodes.size).toBe(4);
  });

  test('returns and streams exactly what the untraced graph does', async () => {
    const plain = sequence().compile();
    const tracedGraph = createTracedGraph(plain, { traceName: 'supervisor' });
    expect(await tracedGraph.invoke(input)).toEqual(await plain.invoke(input));
    for (const streamMode of ['values', 'updates', 'debug'] as const) {
      const collect = async (graph: typeof plain): Promise<unknown[]> => {
        const chunks: unknown[] = [];
        for await (const chunk of await graph.stream(input, { streamMode })) chunks.push(chunk);
        return chunks;
      };
      const withoutIds = (chunks: unknown[]): string =>
        JSON.stringify(chunks).replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|"timestamp":"[^"]*"/g, '');
      expect(withoutIds(await collect(tracedGraph))).toEqual(withoutIds(await collect(plain)));
    }
    const { starts } = await traceEvents();
    // The untraced graph's node calls a traced function, which then opens a trace itself.
    expect(starts.map(({ name }) => name).sort()).toEqual([
      ...Array<string>(4).fill('llm'),
      ...Array<string>(4).fill('supervisor'),
    ]);
  });

  test('ends its trace when the reader of a stream stops early', async () => {
    const graph = createTracedGraph(sequence().compile(), { traceName: 'supervisor' });
    for await (const _chunk of await graph.stream(input)) break;
    const { starts, ends } = await traceEvents();
    expect(ends.map(({ trace_id }) => trace_id)).toEqual(starts.map(({ trace_id }) => trace_id));
  });

  test('keeps concurrent runs apart', async () => {
    const graph = createTracedGraph(sequence().compile(), { traceName: 'supervisor' });
    await Promise.all(
      Array.from({ length: 10 }, (_, i) => graph.invoke({ ...input, user_id: `u${String(i)}` })),
    );
    const { starts } = await traceEvents();
    expect(new Set(starts.map(({ user_id }) => user_id)).size).toBe(10);
    for (const { trace_id, user_id } of starts) {
      const own = (await project.events()).filter(
        (event) => event['trace_id'] === trace_id && event['observation_id'] !== undefined,
      );
      expect(new Set(own.map(({ observation_id }) => observation_id)).size).toBe(4);
      const states = own.flatMap(({ input: state }) => (typeof state === 'object' ? [state] : []));
      for (const state of states) expect(state).toMatchObject({ user_id });
    }
  });
});

describe('nodes of one step', () => {
  test('share the state after it, and each has its own end', async () => {
    let slowIsDoneAt = 0;
    const takeManyTurns = async (): Promise<void> => {
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve, 5));
      slowIsDoneAt = nowMs();
    };
    const graph = new StateGraph(State)
      .addNode('slow', async () => (await takeManyTurns(), { messages: ['slow'] }))
      .addNode('fast', () => ({ messages: ['fast'] }))
      .addEdge(START, 'slow')
      .addEdge(START, 'fast')
      .compile();
    await createTracedGraph(graph, { traceName: 'parallel' }).invoke(input);
    await flush(60_000);
    const nodes = await project.observations();
    const [slow, fast] = [nodes.get('slow'), nodes.get('fast')];
    expect(fast?.['state_after']).toEqual(slow?.['state_after']);
    expect(slow?.['state_after']).toMatchObject({
      messages: expect.arrayContaining(['hello', 'slow', 'fast']) as unknown,
    });
    expect(slow?.['output']).toEqual({ messages: ['slow'] });
    expect(Date.parse(String(fast?.['end_time']))).toBeLessThan(slowIsDoneAt - 20);
    expect(Date.parse(String(slow?.['end_time']))).toBeGreaterThan(slowIsDoneAt - 1);
  });

  test('reached by Send keep the state as input and the packet beside it', async () => {
    const graph = new StateGraph(State)
      .addNode('worker', (packet: { job: number }) => ({ messages: [`job ${String(packet.job)}`] }))
      .addConditionalEdges(START, () => [new Send('worker', { job: 1 }), new Send('worker', { job: 2 })])
      .compile();
    await createTracedGraph(graph, { traceName: 'map' }).invoke(input);
    await flush(60_000);
    const starts = (await project.events()).filter(
      ({ input: state, observation_id }) => observation_id !== undefined && state !== undefined,
    );
    expect(starts.map(({ meta }) => meta)).toMatchObject([
      { langgraph: { send: { job: 1 } } },
      { langgraph: { send: { job: 2 } } },
    ]);
    for (const { input: state } of starts) expect(state).toEqual(input);
  });
});

describe('a failing node', () => {
  test('ends itself and the trace with the error, which reaches the caller unchanged', async () => {
    const error = new TypeError('upstream answered 503');
    const graph = new StateGraph(State)
      .addNode('first', () => ({ intent: 'x' }))
      .addNode('second', () => {
        throw error;
      })
      .addEdge(START, 'first')
      .addEdge('first', 'second')
      .compile();
    await expect(createTracedGraph(graph, { traceName: 'failing' }).invoke(input)).rejects.toBe(error);
    const { ends } = await traceEvents();
    expect(ends).toEqual([
      expect.objectContaining({
        level: 'ERROR',
        status: 'error',
        status_message: 'upstream answered 503',
      }),
    ]);
    const nodes = await project.observations();
    expect(nodes.get('first')).toMatchObject({ status: 'ok', state_after: { intent: 'x' } });
    expect(nodes.get('second')).toMatchObject({
      level: 'ERROR',
      status_message: 'upstream answered 503',
      error: { name: 'TypeError', message: 'upstream answered 503' },
    });
    expect(nodes.get('second')?.['state_after']).toBeUndefined();
  });
});
