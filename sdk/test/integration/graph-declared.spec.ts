import { describe, expect, test } from '@jest/globals';
import { Command, END, entrypoint, START, StateGraph } from '@langchain/langgraph';
import { createTracedGraph, flush, initializeTracing, shutdown, traced } from '../../src/index.ts';
import { input, sequence, State } from '../sequence-graph.ts';
import { useObservedProject } from '../use-observed-project.ts';

const project = useObservedProject();

const declared = async () => {
  await flush(60_000);
  return (await project.events()).filter(({ event_type }) => event_type === 'graph');
};
const edge = (source: string, target: string, conditional = false) => ({ source, target, conditional });
const nothing = () => ({});

/** A router, two ways, a loop, a command and a subgraph. */
const agent = () =>
  new StateGraph(State)
    .addNode('route', nothing)
    .addNode('search', nothing)
    .addNode('answer', () => new Command({ goto: END }), { ends: ['search', END] })
    .addNode('sub', sequence().compile())
    .addEdge(START, 'route')
    .addConditionalEdges('route', () => 'done', { again: 'search', done: 'sub' })
    .addEdge('search', 'route')
    .addEdge('sub', 'answer')
    .compile();

describe('the declared graph', () => {
  test('has every node and way, those of subgraphs included', async () => {
    await createTracedGraph(agent(), { traceName: 'agent' }).invoke(input);
    expect(await declared()).toEqual([
      {
        seq: expect.any(Number) as unknown,
        event_type: 'graph',
        name: 'agent',
        timestamp: expect.stringMatching(/Z$/) as unknown,
        version_hash: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
        nodes: [
          '__end__',
          '__start__',
          'answer',
          'route',
          'search',
          'sub',
          'sub:__end__',
          'sub:__start__',
          'sub:classify',
          'sub:clean',
          'sub:work',
        ],
        edges: [
          edge('__start__', 'route'),
          edge('answer', '__end__', true),
          edge('answer', 'search', true),
          edge('route', 'search', true),
          edge('route', 'sub', true),
          edge('search', 'route'),
          edge('sub', 'answer'),
          edge('sub:__start__', 'sub:classify'),
          edge('sub:classify', 'sub:work'),
          edge('sub:clean', 'sub:__end__'),
          edge('sub:work', 'sub:clean'),
        ],
      },
    ]);
  });

  test('agrees with what LangGraph draws, and leaves the graph as it is', async () => {
    const compiled = agent();
    const before = await compiled.invoke(input);
    const tracedGraph = createTracedGraph(compiled, { traceName: 'agent' });
    expect(await tracedGraph.invoke(input)).toEqual(before);
    const [graph] = await declared();
    const drawn = (await compiled.getGraphAsync()).toJSON();
    const outer = (name: unknown) => !String(name).includes(':');
    const { nodes, edges } = JSON.parse(JSON.stringify(graph)) as {
      nodes: string[];
      edges: { source: string; target: string }[];
    };
    const drawnNodes = drawn['nodes'] as { id: string }[];
    const drawnEdges = drawn['edges'] as { source: string; target: string }[];
    const text = (list: readonly { source: string; target: string }[]) =>
      list.map(({ source, target }) => `${source} ${target}`).sort();
    expect(nodes.filter(outer)).toEqual(drawnNodes.map(({ id }) => id).sort());
    expect(text(edges.filter(({ source }) => outer(source)))).toEqual(text(drawnEdges));
  });

  test('is sent once for all runs and copies, and again where its shape is another', async () => {
    const first = createTracedGraph(sequence().compile(), { traceName: 'agent' });
    await Promise.all([first.invoke(input), first.invoke(input)]);
    await first.withConfig({ tags: ['x'] }).invoke(input);
    await createTracedGraph(sequence().compile(), { traceName: 'agent' }).invoke(input);
    expect(await declared()).toHaveLength(1);
    await createTracedGraph(agent(), { traceName: 'agent' }).invoke(input);
    await traced('request', () =>
      createTracedGraph(sequence().compile(), { traceName: 'inner' }).invoke(input),
    )();
    const graphs = await declared();
    expect(graphs.map(({ name }) => name)).toEqual(['agent', 'agent', 'inner']);
    const hashes = graphs.map(({ version_hash }) => version_hash);
    expect(hashes[0]).not.toBe(hashes[1]);
    expect(hashes[0]).toBe(hashes[2]);
  });

  test('has the same version whatever order it was built in', async () => {
    const build = (names: readonly string[]) => {
      const graph = new StateGraph<typeof State.spec, typeof State.State, typeof State.Update, string>(State);
      for (const name of names) graph.addNode(name, nothing).addEdge(START, name).addEdge(name, END);
      return createTracedGraph(graph.compile(), { traceName: 'fan' });
    };
    await build(['a', 'b', 'c']).invoke(input);
    await build(['c', 'a', 'b']).invoke(input);
    expect(await declared()).toHaveLength(1);
  });

  test('is not sent while tracing is off, and by a new start again', async () => {
    await shutdown(60_000);
    const graph = createTracedGraph(sequence().compile(), { traceName: 'agent' });
    await graph.invoke(input);
    for (let start = 0; start < 2; start += 1) {
      initializeTracing(project.options);
      await graph.invoke(input);
      await flush(60_000);
      await shutdown(60_000);
    }
    const names = (await project.entries()).flatMap(({ events }) =>
      events.map(({ header }) => header['name']),
    );
    expect(names.filter((name) => name === 'agent')).toHaveLength(4);
  });

  test('of functions has their names; one that is too large for its subgraphs goes without them', async () => {
    const functions = entrypoint({ name: 'flow' }, (n: number) => Promise.resolve(n + 1));
    expect(await createTracedGraph(functions, { traceName: 'functions' }).invoke(1)).toBe(2);
    const names = Array.from({ length: 1996 }, (_, i) => `n${String(i)}`);
    const wide = new StateGraph<typeof State.spec, typeof State.State, typeof State.Update, string>(State);
    wide.addNode('sub', sequence().compile()).addEdge(START, 'sub');
    for (const name of names) wide.addNode(name, nothing, { ends: [END] });
    wide.addConditionalEdges(START, () => END, {
      [END]: END,
      ...Object.fromEntries(names.map((n) => [n, n])),
    });
    await createTracedGraph(wide.compile(), { traceName: 'wide' }).invoke(input);
    const graphs = await declared();
    expect(graphs).toMatchObject([{ name: 'functions', nodes: ['flow'], edges: [] }, { name: 'wide' }]);
    expect(graphs[1]?.['nodes']).toHaveLength(1999);
  });
});
