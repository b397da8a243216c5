import { describe, expect, test } from '@jest/globals';
import { Command, MemorySaver, START, StateGraph } from '@langchain/langgraph';
import { createTracedGraph } from '../../src/index.ts';
import { waitUntil } from '../observed-project.ts';
import { recordedRuns } from '../recorded-runs.ts';
import { input, sequence, State } from '../sequence-graph.ts';
import { useObservedProject } from '../use-observed-project.ts';

const project = useObservedProject();

const recorded = () => recordedRuns(project);

type CacheKey = [namespace: string[], key: string];

/** LangGraph's own cache is in a package of its own. */
const mapCache = () => {
  const kept = new Map<string, { key: CacheKey; value: unknown }>();
  return {
    serde: new MemorySaver().serde,
    get: (keys: CacheKey[]) => Promise.resolve(keys.flatMap((key) => kept.get(JSON.stringify(key)) ?? [])),
    set: (pairs: { key: CacheKey; value: unknown }[]) => {
      for (const { key, value } of pairs) kept.set(JSON.stringify(key), { key, value });
      return Promise.resolve();
    },
    clear: () => Promise.resolve(kept.clear()),
  };
};

describe('the ways to run a graph', () => {
  test('streamEvents and batch are traces of their own', async () => {
    const graph = createTracedGraph(sequence().compile(), { traceName: 'agent' });
    for await (const _event of graph.streamEvents(input, { version: 'v2' })) continue;
    await graph.batch([input, { ...input, user_id: 'second' }]);
    const { starts, ends, paths } = await recorded();
    expect(starts.map(({ user_id }) => user_id)).toEqual([input.user_id, input.user_id, 'second']);
    expect(ends.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok']);
    expect(paths.filter((path) => path === 'work/llm')).toHaveLength(3);
  });

  test('a reader that stops early leaves a trace that ends when the run does, and that is no error', async () => {
    const released = Promise.withResolvers<void>();
    const compiled = new StateGraph(State)
      .addNode('first', () => ({ intent: 'x' }))
      .addNode('second', async () => {
        await released.promise;
        return { messages: ['late'] };
      })
      .addEdge(START, 'first')
      .addEdge('first', 'second')
      .compile();
    const graph = createTracedGraph(compiled, { traceName: 'agent' });
    for await (const _chunk of await graph.stream(input)) break;
    for await (const _event of graph.streamEvents(input, { version: 'v2' })) break;
    expect((await recorded()).ends).toEqual([]);
    released.resolve();
    await waitUntil(async () => (await recorded()).ends.length === 2);
    const { ends, openIds } = await recorded();
    expect(ends).toMatchObject([{ status: 'ok' }, { status: 'ok' }]);
    expect(openIds).toEqual([]);
  });

  test('a stream that is cancelled ends its trace at once', async () => {
    const never = Promise.withResolvers<object>();
    const compiled = new StateGraph(State)
      .addNode('first', () => ({ intent: 'x' }))
      .addNode('second', () => never.promise)
      .addEdge(START, 'first')
      .addEdge('first', 'second')
      .compile();
    const stream = await createTracedGraph(compiled, { traceName: 'agent' }).stream(input);
    await stream.next();
    await stream.cancel();
    await waitUntil(async () => (await recorded()).ends.length === 1);
    expect((await recorded()).ends).toMatchObject([{ status: 'error', status_message: 'Abort' }]);
    never.resolve({});
    await waitUntil(async () => (await recorded()).openIds.length === 0);
  });
});

describe('the ways through a graph', () => {
  test('a loop and commands are one observation per visit, each with the state it found', async () => {
    const graph = new StateGraph(State)
      .addNode(
        'count',
        ({ messages }: typeof State.State) =>
          messages.length < 3
            ? new Command({ update: { messages: ['again'] }, goto: 'count' })
            : new Command({ goto: 'done' }),
        { ends: ['count', 'done'] },
      )
      .addNode('done', () => ({ intent: 'done' }))
      .addEdge(START, 'count')
      .compile();
    await createTracedGraph(graph, { traceName: 'loop' }).invoke(input);
    const { named, ends } = await recorded();
    const visits = named('count');
    expect(visits.map((row) => (row['input'] as { messages: string[] }).messages.length)).toEqual([1, 2, 3]);
    expect(visits.map((row) => (row['state_after'] as { messages: string[] }).messages.length)).toEqual([
      2, 3, 3,
    ]);
    expect(visits[0]?.['output']).toMatchObject({ goto: ['count'], update: { messages: ['again'] } });
    expect(named('done')).toMatchObject([{ state_after: { intent: 'done' } }]);
    expect(ends).toMatchObject([{ status: 'ok' }]);
  });

  test('a node that is tried again is one observation per try', async () => {
    let tries = 0;
    const graph = new StateGraph(State)
      .addNode(
        'flaky',
        () => {
          tries += 1;
          if (tries < 3) throw new Error(`try ${String(tries)}`);
          return { intent: 'at last' };
        },
        { retryPolicy: { maxAttempts: 3, initialInterval: 1, jitter: false, logWarning: false } },
      )
      .addEdge(START, 'flaky')
      .compile();
    await createTracedGraph(graph, { traceName: 'retries' }).invoke(input);
    const { named, ends } = await recorded();
    expect(named('flaky')).toMatchObject([
      { level: 'ERROR', status_message: 'try 1' },
      { level: 'ERROR', status_message: 'try 2', meta: { langgraph: { attempt: 2 } } },
      { status: 'ok', state_after: { intent: 'at last' }, meta: { langgraph: { attempt: 3 } } },
    ]);
    expect(ends).toMatchObject([{ status: 'ok' }]);
  });

  test('a node whose answer was cached did not run', async () => {
    const graph = new StateGraph(State)
      .addNode('slow', () => ({ intent: 'computed' }), { cachePolicy: { keyFunc: () => 'k' } })
      .addNode('after', ({ intent }) => ({ notes: { count: 1, last: String(intent) } }))
      .addEdge(START, 'slow')
      .addEdge('slow', 'after')
      .compile({ cache: mapCache() });
    const tracedGraph = createTracedGraph(graph, { traceName: 'cached' });
    await tracedGraph.invoke(input);
    await tracedGraph.invoke(input);
    const { named, ends } = await recorded();
    expect(named('slow')).toHaveLength(1);
    expect(named('after')).toMatchObject([
      { input: { intent: 'computed' } },
      { input: { intent: 'computed' } },
    ]);
    expect(ends).toMatchObject([{ status: 'ok' }, { status: 'ok' }]);
  });

  test('too many steps are the error of the trace', async () => {
    const graph = new StateGraph(State)
      .addNode('round', () => ({ messages: ['x'] }))
      .addEdge(START, 'round')
      .addEdge('round', 'round')
      .compile();
    const run = createTracedGraph(graph, { traceName: 'endless' }).invoke(input, { recursionLimit: 3 });
    await expect(run).rejects.toThrow('Recursion limit');
    const { named, ends } = await recorded();
    expect(named('round')).toHaveLength(3);
    expect(ends).toMatchObject([{ status: 'error', level: 'ERROR' }]);
  });
});

describe('a failing node', () => {
  test('beside nodes that go on leaves no observation open', async () => {
    const released = Promise.withResolvers<void>();
    const graph = new StateGraph(State)
      .addNode('fails', () => {
        throw new Error('boom');
      })
      .addNode('quick', () => ({ messages: ['quick'] }))
      .addNode('goes on', async () => {
        await released.promise;
        return { messages: ['late'] };
      })
      .addEdge(START, 'fails')
      .addEdge(START, 'quick')
      .addEdge(START, 'goes on')
      .compile();
    const run = createTracedGraph(graph, { traceName: 'parallel' }).invoke(input);
    setTimeout(() => released.resolve(), 50);
    await expect(run).rejects.toThrow('boom');
    await waitUntil(async () => (await recorded()).openIds.length === 0);
    const { named, ends } = await recorded();
    expect(ends).toMatchObject([{ status: 'error', status_message: 'boom' }]);
    expect(named('fails')).toMatchObject([{ level: 'ERROR' }]);
    for (const name of ['quick', 'goes on']) {
      expect(named(name)).toMatchObject([{ status: 'ok' }]);
      expect(named(name)[0]).not.toHaveProperty('state_after');
    }
  });
});
