/**
 * What `createTracedGraph` adds to a run of a LangGraph.js graph of five nodes: the same compiled graph, plain and traced in
 * turns, in one process, with a real redis-server.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { Annotation, END, START, StateGraph } from '@langchain/langgraph';
import { createTracedGraph, flush, initializeTracing, shutdown } from 'swisper-studio';
import { createApiKey } from 'swisper-studio/contract';
import { median, medianOf, numbersFrom, printReport } from '../../server/bench/bench-table.ts';
import { installedVersions } from './installed-versions.ts';
import { type Sinks, startSinks } from './sinks.ts';

const PARAMETERS = { invocations: 200, warm: 400, runs: 9 };
const NODES = 5;
/** Of the specification this SDK was created from. */
const SEED_MS = 10;
const GOAL_MS = 1;

const State = Annotation.Root({
  user_id: Annotation<string>(),
  chat_id: Annotation<string>(),
  messages: Annotation<string[]>({ reducer: (before, added) => [...before, ...added], default: () => [] }),
  step: Annotation<number>(),
});
const INPUT = { user_id: 'user-1', chat_id: 'chat-1', messages: ['x'.repeat(700)], step: 0 };

function compiledGraph() {
  const node = ({ step }: typeof State.State) => ({
    messages: [`step ${String(step)} is done`],
    step: step + 1,
  });
  return new StateGraph(State)
    .addNode('n1', node)
    .addNode('n2', node)
    .addNode('n3', node)
    .addNode('n4', node)
    .addNode('n5', node)
    .addEdge(START, 'n1')
    .addEdge('n1', 'n2')
    .addEdge('n2', 'n3')
    .addEdge('n3', 'n4')
    .addEdge('n4', 'n5')
    .addEdge('n5', END)
    .compile();
}

interface Invocable {
  invoke(input: typeof INPUT): Promise<unknown>;
}

async function timed(graph: Invocable): Promise<number> {
  const startedAt = performance.now();
  await graph.invoke(INPUT);
  return performance.now() - startedAt;
}

/** Medians of invocations that took turns: what disturbs the one disturbs the other. */
async function run(plain: Invocable, traced: Invocable, invocations: number): Promise<[number, number]> {
  const plainMs: number[] = [];
  const tracedMs: number[] = [];
  for (let i = 0; i < invocations; i += 1) {
    plainMs.push(await timed(plain));
    tracedMs.push(await timed(traced));
    // As between requests: what was put off is done here, and is not part of a run's time.
    if (i % 10 === 9) await flush();
  }
  return [median(plainMs), median(tracedMs)];
}

async function bench({ redisUrl, redisVersion }: Sinks): Promise<void> {
  const parameters = numbersFrom(PARAMETERS);
  const { apiKey } = createApiKey(randomBytes);
  const logger = { info: () => undefined, warn: console.warn, error: console.error };
  initializeTracing({ redisUrl, apiKey, projectId: randomUUID(), logger });
  const plain = compiledGraph();
  const traced = createTracedGraph(compiledGraph(), { traceName: 'bench' });
  await run(plain, traced, parameters.warm);
  const pairs: [number, number][] = [];
  for (let i = 0; i < parameters.runs; i += 1) pairs.push(await run(plain, traced, parameters.invocations));
  await shutdown();
  const rows = [
    { what: 'plain invoke', unit: 'ms', values: pairs.map(([plainMs]) => plainMs) },
    { what: 'traced invoke', unit: 'ms', values: pairs.map(([, ms]) => ms), baseline: 'plain invoke' },
    { what: 'overhead', unit: 'ms', values: pairs.map(([plainMs, tracedMs]) => tracedMs - plainMs) },
  ];
  const figure = medianOf(rows, 'overhead');
  printReport({
    title: 'What tracing adds to a graph of five nodes',
    versions: { ...installedVersions('@langchain/langgraph'), Redis: redisVersion },
    parameters: { ...parameters, nodes: NODES },
    rows,
    goals: [
      { what: 'overhead', figure, atMost: GOAL_MS, unit: 'ms' },
      { what: 'overhead, of the specification', figure, atMost: SEED_MS, unit: 'ms' },
    ],
  });
}

const sinks = await startSinks();
try {
  await bench(sinks);
} finally {
  await sinks.stop();
}
