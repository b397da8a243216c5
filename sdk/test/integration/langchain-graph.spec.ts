import { afterEach, describe, expect, test } from '@jest/globals';
import { RunnableLambda } from '@langchain/core/runnables';
import { tool } from '@langchain/core/tools';
import {
  Annotation,
  interrupt,
  MemorySaver,
  MessagesAnnotation,
  START,
  StateGraph,
} from '@langchain/langgraph';
import { createReactAgent } from '@langchain/langgraph/prebuilt';
import { z } from 'zod';
import { createTracedGraph, flush, traced, updateCurrentObservation } from '../../src/index.ts';
import { SwisperStudioHandler } from '../../src/langchain/index.ts';
import { sdkState } from '../../src/sdk-state.ts';
import { ScriptedChatModel } from '../scripted-chat-model.ts';
import { useObservedProject } from '../use-observed-project.ts';

const project = useObservedProject();
// After the shut-down that the line above registers: hooks run in the order of their definition.
afterEach(() => expect(sdkState().langChainRuns?.size ?? 0).toBe(0));

const lookUp = traced('look_up', (n: number) => Promise.resolve(n + 1));
const count = tool(
  async ({ n }: { n: number }) => {
    updateCurrentObservation({ meta: { from: 'the tool' } });
    return String(await lookUp(n));
  },
  { name: 'count', description: 'counts', schema: z.object({ n: z.number() }) },
);

/** Names with those of their parents, in the order they began; every observation and every trace once. */
const tree = async (): Promise<string[]> => {
  await flush(60_000);
  const events = await project.events();
  const begun = events.filter(({ event_type, name }) => name !== undefined && event_type !== 'graph');
  const names = new Map(begun.map(({ observation_id: id, name }) => [id, name]));
  return begun.map(({ event_type, type, name, parent_observation_id: parent }) => {
    if (event_type === 'trace_start') return `trace ${String(name)}`;
    return `${String(parent === undefined ? '-' : names.get(parent))} > ${String(type)} ${String(name)}`;
  });
};

const agent = () =>
  createReactAgent({
    llm: new ScriptedChatModel(
      { toolCalls: [{ name: 'count', args: { n: 4 }, id: 'call-1' }] },
      { text: 'five' },
    ),
    tools: [count],
  });
const question = { messages: [{ role: 'user', content: 'what follows 4?' }] };

const agentTree = [
  'trace helper',
  '- > CHAIN agent',
  'agent > GENERATION ScriptedChatModel',
  '- > CHAIN tools',
  'tools > TOOL count',
  'count > SPAN look_up',
  '- > CHAIN agent',
  'agent > GENERATION ScriptedChatModel',
];
describe('a traced graph', () => {
  test('has the models and tools of its nodes below them, without a handler of its own', async () => {
    const traceable = createTracedGraph(agent(), { traceName: 'helper' });
    const { messages } = await traceable.invoke(question);
    expect(messages.at(-1)?.content).toBe('five');
    expect(await tree()).toEqual(agentTree);
    expect((await project.observations()).get('count')).toMatchObject({ meta: { from: 'the tool' } });
  });

  test('with a handler given as well doubles nothing', async () => {
    const traceable = createTracedGraph(agent(), { traceName: 'helper' });
    await traceable.invoke(question, { callbacks: [new SwisperStudioHandler()] });
    expect(await tree()).toEqual(agentTree);
  });

  test.each(['stream', 'streamEvents'] as const)('records a %s the same', async (how) => {
    const traceable = createTracedGraph(agent(), { traceName: 'helper' });
    const chunks: unknown[] = [];
    if (how === 'stream')
      for await (const chunk of await traceable.stream(question, { streamMode: 'messages' }))
        chunks.push(chunk);
    else for await (const event of traceable.streamEvents(question, { version: 'v2' })) chunks.push(event);
    expect(chunks.length).toBeGreaterThan(3);
    expect(await tree()).toEqual(agentTree);
  });

  test('leaves models alone where it is told to', async () => {
    const traceable = createTracedGraph(agent(), { traceName: 'helper', langChainCalls: false });
    await traceable.invoke(question);
    expect(await tree()).toEqual([
      'trace helper',
      '- > CHAIN agent',
      '- > CHAIN tools',
      'tools > SPAN look_up',
      '- > CHAIN agent',
    ]);
  });

  test('inside another has its models below its own nodes', async () => {
    const outer = new StateGraph(MessagesAnnotation)
      .addNode('first', async () => ({
        messages: [await new ScriptedChatModel({ text: 'hi' }).invoke('hello')],
      }))
      .addNode('helper', agent())
      .addEdge(START, 'first')
      .addEdge('first', 'helper')
      .compile();
    await createTracedGraph(outer, { traceName: 'outer' }).invoke(question);
    expect(await tree()).toEqual([
      'trace outer',
      '- > CHAIN first',
      'first > GENERATION ScriptedChatModel',
      '- > AGENT helper',
      'helper > CHAIN agent',
      ...agentTree.slice(2).map((line) => (line.startsWith('- ') ? `helper${line.slice(1)}` : line)),
    ]);
  });

  test('has a graph below the node that calls it, though that one is not traced', async () => {
    const inner = agent();
    const outer = new StateGraph(MessagesAnnotation)
      .addNode('calling', async ({ messages }) => inner.invoke({ messages }))
      .addEdge(START, 'calling')
      .compile();
    await createTracedGraph(outer, { traceName: 'outer' }).invoke(question);
    expect(await tree()).toEqual([
      'trace outer',
      '- > CHAIN calling',
      'calling > AGENT LangGraph',
      ...agentTree.slice(1).map((line) => (line.startsWith('- ') ? `LangGraph${line.slice(1)}` : line)),
    ]);
  });

  test('that waits for a person within a tool shows the tool as waiting', async () => {
    const ask = tool(() => String(interrupt('which?')), {
      name: 'ask',
      description: 'asks',
      schema: z.object({}),
    });
    const State = Annotation.Root({ answer: Annotation<string>() });
    const graph = new StateGraph(State)
      .addNode('asking', async () => ({ answer: String(await ask.invoke({})) }))
      .addEdge(START, 'asking')
      .compile({ checkpointer: new MemorySaver() });
    const traceable = createTracedGraph(graph, { traceName: 'asking' });
    await traceable.invoke({}, { configurable: { thread_id: '1' } });
    await flush(60_000);
    const seen = await project.observations();
    expect(seen.get('ask')).toMatchObject({ type: 'TOOL', status: 'interrupted' });
    expect(seen.get('ask')?.['level']).toBeUndefined();
  });
});

describe('a graph that is not traced, with the handler', () => {
  test('is one trace with its nodes, models and tools', async () => {
    await agent().invoke(question, { callbacks: [new SwisperStudioHandler({ traceName: 'helper' })] });
    const lines = await tree();
    const plumbing = [
      'agent > CHAIN RunnableSequence',
      'RunnableSequence > CHAIN prompt',
      'RunnableSequence > GENERATION ScriptedChatModel',
      'agent > CHAIN RunnableLambda',
    ];
    expect(lines).toEqual([
      'trace helper',
      '- > AGENT LangGraph',
      'LangGraph > CHAIN agent',
      ...plumbing,
      'LangGraph > CHAIN tools',
      'tools > TOOL count',
      'count > SPAN look_up',
      'LangGraph > CHAIN agent',
      ...plumbing,
    ]);
  });
});

describe('code of LangChain components', () => {
  test('may run a traced graph, which is below the tool whose code it is', async () => {
    const helper = createTracedGraph(agent(), { traceName: 'helper' });
    const delegate = tool(async () => (await helper.invoke(question)).messages.at(-1)?.text ?? '', {
      name: 'delegate',
      description: 'delegates',
      schema: z.object({}),
    });
    expect(await delegate.invoke({}, { callbacks: [new SwisperStudioHandler()] })).toBe('five');
    expect(await tree()).toEqual([
      'trace delegate',
      '- > TOOL delegate',
      'delegate > CHAIN helper',
      ...agentTree.slice(1).map((line) => (line.startsWith('- ') ? `helper${line.slice(1)}` : line)),
    ]);
  });

  test('has what it traces below it, and what it calls there below that', async () => {
    const chain = RunnableLambda.from((n: number) => traced('outer', () => count.invoke({ n }))()).withConfig(
      {
        runName: 'chain',
      },
    );
    expect(await chain.invoke(4, { callbacks: [new SwisperStudioHandler()] })).toBe('5');
    expect(await tree()).toEqual([
      'trace chain',
      '- > CHAIN chain',
      'chain > SPAN outer',
      'outer > TOOL count',
      'count > SPAN look_up',
    ]);
  });
});
