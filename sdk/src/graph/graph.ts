import { beginTrace } from '../recording/begin-trace.ts';
import { fieldOf } from '../field-of.ts';
import { GraphRun, type RunPlace } from './graph-run.ts';
import { announceRuns, contextOfLoop, withHandler } from '../langchain/langchain-attachment.ts';
import { say } from '../log.ts';
import {
  hasLoop,
  isPregel,
  isRunnable,
  isSame,
  isSubgraph,
  type LoopLike,
  type LoopParams,
  type NodeLike,
  type PregelLike,
  type RunnableLike,
  startsWith,
} from './pregel-decoder.ts';
import { quietly } from '../quietly.ts';
import { sdkState } from '../sdk-state.ts';
import { currentContext, runIn, UNTRACED } from '../recording/trace-context.ts';

export interface TracedGraphOptions {
  /** Name of the traces. Default: the name the graph was compiled with, else `LangGraph`. */
  traceName?: string;
  /** Whether LangChain models, tools and retrievers that nodes call are observations below them. Default true. */
  langChainCalls?: boolean;
}

/** What the nodes of one traced graph share: they know their runs by it. */
interface GraphIdentity {
  readonly langChainCalls: boolean;
}

/** Nodes LangGraph adds itself. */
const isHidden = (name: string, node: NodeLike): boolean =>
  name.startsWith('__') || (node.tags?.includes('langsmith:hidden') ?? false);

/** The node's body, recorded while it runs within a run of the graph. */
function tracedBody(identity: GraphIdentity, name: string, bound: RunnableLike): RunnableLike {
  const type = isSubgraph(bound) ? 'AGENT' : 'CHAIN';
  const inner = type === 'AGENT' ? (tracedCopy(bound, { ...identity, name, isNode: true }) ?? bound) : bound;
  const invoke = async (input: unknown, config?: unknown): Promise<unknown> => {
    const run = currentContext()?.graphRun;
    const observation =
      run?.graph === identity ? quietly(() => run.startNode(name, type, { input, config })) : undefined;
    if (run === undefined || observation === undefined) return inner.invoke(input, config);
    const observed = identity.langChainCalls ? (quietly(() => withHandler(config)) ?? config) : config;
    let output: unknown;
    try {
      output = await runIn({ ...run.context, observation }, () => inner.invoke(input, observed));
    } catch (error) {
      quietly(() => run.nodeThrew(observation, error));
      throw error;
    }
    quietly(() => run.nodeReturned(observation, output));
    return output;
  };
  const body: unknown = Object.create(bound, { invoke: { value: invoke } });
  return isRunnable(body) ? body : bound;
}

/** The node as it was, but for the body of what it runs; its writers, policies and subgraphs are the original's. */
function tracedNode(identity: GraphIdentity, name: string, node: NodeLike): NodeLike {
  const body = tracedBody(identity, name, node.bound);
  const getNode = (): unknown => {
    const process = node.getNode();
    if (process === node.bound) return body;
    if (startsWith(process, node.bound)) process.first = body;
    return process;
  };
  const copy: unknown = Object.create(node, { getNode: { value: getNode } });
  return isSame(copy, node) || isNodeCopy(copy, node) ? copy : node;
}

const isNodeCopy = (copy: unknown, node: NodeLike): copy is NodeLike => Object.getPrototypeOf(copy) === node;

/** Tells the run of each step whose reducers have been applied. */
function watchSteps(loop: LoopLike, run: GraphRun): void {
  const tick = loop.tick.bind(loop);
  loop.tick = async (params) => {
    try {
      return await tick(params);
    } finally {
      quietly(() => run.stepApplied());
    }
  };
}

/** What runs are called, and whether they are those of a subgraph whose node stands for them. */
interface RunNaming extends GraphIdentity {
  name: string;
  isNode: boolean;
}

interface TracedRuns {
  graph: PregelLike;
  /** What the graph's nodes know its runs by. */
  identity: object;
  naming: RunNaming;
}

function placeOf({ name, isNode }: RunNaming, loop: LoopLike): RunPlace | undefined {
  const context = contextOfLoop(loop);
  if (context?.trace !== undefined)
    return { name, context: { ...context, trace: context.trace }, as: isNode ? 'node' : 'step' };
  // A subgraph is never a trace of its own: its outer run began without one.
  if (context !== undefined || isNode) return undefined;
  const begun = beginTrace();
  return begun && { name, context: { ...UNTRACED, trace: begun }, as: 'trace' };
}

function beginRun({ graph, identity, naming }: TracedRuns, { loop }: LoopParams): GraphRun | undefined {
  const place = placeOf(naming, loop);
  if (place === undefined) return undefined;
  const run = new GraphRun(identity, loop, place);
  watchSteps(loop, run);
  if (!naming.isNode) place.context.trace.sdk.declarations.declare(identity, graph, naming.name);
  return run;
}

/** Graphs that record already: one of them is not wrapped again. */
const tracedGraphs = new WeakSet<object>();

/** Records each run of the graph. */
function traceRuns({ graph, identity, naming }: TracedRuns): void {
  const runLoop = graph._runLoop.bind(graph);
  graph._runLoop = async (params) => {
    const run = hasLoop(params) ? quietly(() => beginRun({ graph, identity, naming }, params)) : undefined;
    if (run === undefined) {
      const isOutermost = currentContext() === undefined && sdkState().active !== undefined;
      return isOutermost ? runIn(UNTRACED, () => runLoop(params)) : runLoop(params);
    }
    try {
      await runIn(run.context, () => runLoop(params));
    } catch (error) {
      quietly(() => run.fail(error));
      throw error;
    }
    quietly(() => run.finish());
  };
  // A configured copy shares the nodes but is a new object, which must record as well.
  const withConfig = graph.withConfig.bind(graph);
  graph.withConfig = (config) => {
    const copy = withConfig(config);
    if (isPregel(copy)) traceRuns({ graph: copy, identity, naming });
    return copy;
  };
  announceRuns(graph);
  tracedGraphs.add(graph);
}

function compiledName(graph: object): string {
  const name = fieldOf(graph, 'name');
  return typeof name === 'string' && name !== '' ? name : 'LangGraph';
}

/** A copy that records, its subgraphs included; undefined for a graph of an unknown shape. */
function tracedCopy<G extends object>(graph: G, naming: RunNaming): (G & PregelLike) | undefined {
  try {
    const copy = isPregel(graph) ? graph.withConfig({}) : undefined;
    if (!isPregel(copy) || !isSame(copy, graph)) return undefined;
    const identity = { langChainCalls: naming.langChainCalls };
    const nodes = Object.entries(copy.nodes).map(([name, node]): [string, NodeLike] => [
      name,
      isHidden(name, node) ? node : tracedNode(identity, name, node),
    ]);
    copy.nodes = Object.fromEntries(nodes);
    traceRuns({ graph: copy, identity, naming });
    return copy;
  } catch {
    return undefined;
  }
}

/**
 * A compiled LangGraph.js graph that records its runs: `invoke`, `stream`, `batch` and `streamEvents` become one trace
 * each (or, inside a trace, one observation), with one observation per node run. Nodes of a subgraph are below the node that
 * is the subgraph. What the graph does and returns is unchanged; the graph given is not touched. A graph of an unknown shape
 * is returned as it is, with a warning in the log.
 */
export function createTracedGraph<G extends object>(graph: G, options: TracedGraphOptions = {}): G {
  if (tracedGraphs.has(graph)) return graph;
  const { traceName = compiledName(graph), langChainCalls = true } = options ?? {};
  const copy = tracedCopy(graph, { name: traceName, isNode: false, langChainCalls });
  if (copy !== undefined) return copy;
  const line = `⚠️ SwisperStudio cannot trace "${traceName}": not a compiled LangGraph.js graph it knows`;
  say(sdkState().active?.options.logger ?? console, { level: 'warn', lines: [line] });
  return graph;
}
