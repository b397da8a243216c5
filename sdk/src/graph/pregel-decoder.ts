/**
 * The parts of LangGraph.js this SDK touches, recognised by their shape: the package is no dependency, and its versions
 * differ. What is not recognised is left alone and runs untraced.
 */
import { fieldOf, isObject } from '../field-of.ts';

export interface RunnableLike {
  invoke(input: unknown, config?: unknown): Promise<unknown>;
}

export interface NodeLike {
  bound: RunnableLike;
  getNode(): unknown;
  tags?: readonly string[];
}

export interface ChannelLike {
  get(): unknown;
}

export interface LoopLike {
  tick(params: unknown): Promise<boolean>;
  channels: Readonly<Record<string, ChannelLike>>;
  streamKeys: string | readonly string[];
  outputKeys?: unknown;
  input?: unknown;
  output?: unknown;
  status?: string;
  step?: number;
}

export interface LoopParams {
  loop: LoopLike;
}

export interface PregelLike {
  nodes: Record<string, NodeLike>;
  withConfig(config: object): unknown;
  _runLoop(params: LoopParams): Promise<void>;
}

const hasMethod = (value: Record<string, unknown>, name: string): boolean =>
  typeof value[name] === 'function';

export const isRunnable = (value: unknown): value is RunnableLike =>
  isObject(value) && hasMethod(value, 'invoke');

const isNode = (value: unknown): value is NodeLike =>
  isObject(value) && hasMethod(value, 'getNode') && isRunnable(value['bound']);

/** A compiled graph whose nodes and loop are where this SDK knows them. */
export function isPregel(value: unknown): value is PregelLike {
  if (!isObject(value) || !hasMethod(value, 'withConfig') || !hasMethod(value, '_runLoop')) return false;
  const nodes = value['nodes'];
  return isObject(nodes) && Object.values(nodes).every(isNode);
}

export const isSubgraph = (value: unknown): boolean => isObject(value) && value['lg_is_pregel'] === true;

const isLoop = (value: unknown): value is LoopLike =>
  isObject(value) &&
  hasMethod(value, 'tick') &&
  isObject(value['channels']) &&
  (typeof value['streamKeys'] === 'string' || Array.isArray(value['streamKeys']));

export const hasLoop = (value: unknown): value is LoopParams => isObject(value) && isLoop(value['loop']);

/** A sequence whose first step is the node's own body; the steps after it write to the channels. */
export const startsWith = (value: unknown, first: RunnableLike): value is { first: RunnableLike } =>
  isObject(value) && value['first'] === first;

export const isSame = <T>(value: unknown, like: T): value is T =>
  isObject(value) && isObject(like) && Object.getPrototypeOf(value) === Object.getPrototypeOf(like);

function channelValue(channel: ChannelLike | undefined): unknown {
  try {
    return channel?.get();
  } catch {
    // An empty channel throws: the key is not set.
    return undefined;
  }
}

/** The state as the graph's nodes see it: the value itself for a graph with one unnamed channel. */
export function readState({ channels, streamKeys }: LoopLike): unknown {
  if (typeof streamKeys === 'string') return channelValue(channels[streamKeys]);
  const state: Record<string, unknown> = {};
  for (const key of streamKeys) {
    const value = channelValue(channels[key]);
    if (value !== undefined) state[key] = value;
  }
  return state;
}

export interface NodeRunInfo {
  step: number | undefined;
  triggers: unknown;
  /** Set from the second try on. */
  attempt: number | undefined;
  isSend: boolean;
}

/** What LangGraph tells a node about its run, from the config it is called with. */
export function nodeRunInfo(config: unknown): NodeRunInfo {
  const metadata = fieldOf(config, 'metadata');
  const step = fieldOf(metadata, 'langgraph_step');
  const path = fieldOf(metadata, 'langgraph_path');
  const attempt = fieldOf(fieldOf(config, 'executionInfo'), 'nodeAttempt');
  return {
    step: typeof step === 'number' ? step : undefined,
    triggers: fieldOf(metadata, 'langgraph_triggers'),
    attempt: typeof attempt === 'number' && attempt > 1 ? attempt : undefined,
    isSend: Array.isArray(path) && path[0] === '__pregel_push',
  };
}
