import { type ObservationType } from '../contract/index.ts';
import { fieldOf, isObject } from '../field-of.ts';
import {
  documentsOf,
  isAgent,
  isGraphNode,
  messageOf,
  modelAnswerOf,
  nameOf,
  requestedModel,
  saysAnything,
  toolInputOf,
  unwrapped,
  withMessages,
} from './langchain-decoder.ts';
import { aboutRun, aboutTrace, type LangChainHandlerOptions } from './langchain-metadata.ts';
import { type LangChainRun, langChainRuns } from './langchain-runs.ts';
import { aboutAnswer } from '../model-calls/model-answer.ts';
import { modelParametersOf } from '../model-calls/model-parameters.ts';
import { type CallEnding, contextWithin, ObservedCall } from '../recording/observed-call.ts';
import { quietly } from '../quietly.ts';
import { type TraceContext } from '../recording/trace-context.ts';

type Metadata = Record<string, unknown>;
type ModelStart = [
  llm: unknown,
  input: unknown,
  runId: string,
  parentRunId?: string,
  extraParams?: Metadata,
  tags?: string[],
  metadata?: Metadata,
  runName?: string,
];
/** As LangChain calls it; its declaration has the fourth and the seventh in other places. */
type ChainStart = [
  chain: unknown,
  inputs: unknown,
  runId: string,
  parentRunId?: string,
  tags?: string[],
  metadata?: Metadata,
  runType?: string,
  runName?: string,
  extra?: Metadata,
];
type ToolStart = [
  tool: unknown,
  input: string,
  runId: string,
  parentRunId?: string,
  tags?: string[],
  metadata?: Metadata,
  runName?: string,
  toolCallId?: string,
];
type RunEnd = [value: unknown, runId: string, parentRunId?: string, tags?: string[], extra?: Metadata];
type NewToken = [
  token: string,
  index: unknown,
  runId: string,
  parentRunId?: string,
  tags?: string[],
  fields?: unknown,
];

interface RunStart {
  serialized: unknown;
  runId: string;
  parentRunId: string | undefined;
  runName: unknown;
  tags: unknown;
  metadata: unknown;
}

interface Described {
  type: ObservationType;
  name: string;
  input: unknown;
  model?: string | undefined;
  modelParameters?: { readonly [name: string]: unknown } | undefined;
  meta?: { readonly [key: string]: unknown };
}

export const HANDLER_NAME = 'swisper_studio_handler';

const isHidden = (tags: unknown): boolean => Array.isArray(tags) && tags.includes('langsmith:hidden');

/**
 * A callback handler for LangChain.js: every chain, model, tool and retriever that runs becomes an observation, with model, parameters,
 * tokens, tool calls and the time of the first token. Below the traced code that runs it (a node of a traced graph, a `traced`
 * function), or a trace of its own. It never throws and waits for nothing.
 *
 * ```ts
 * await chain.invoke(input, { callbacks: [new SwisperStudioHandler({ userId: 'anna' })] });
 * ```
 */
export class SwisperStudioHandler {
  readonly name = HANDLER_NAME;
  /** Called at once, not from LangChain's queue, which has lost where the call came from; no call takes longer than serialising. */
  readonly awaitHandlers = true;
  readonly raiseError = false;
  readonly ignoreLLM = false;
  readonly ignoreChain = false;
  readonly ignoreAgent = false;
  readonly ignoreRetriever = false;
  readonly ignoreCustomEvent = true;
  private readonly options: LangChainHandlerOptions;

  constructor(options: LangChainHandlerOptions = {}) {
    // A program without types may say null for nothing.
    this.options = options ?? {};
  }

  /** Runs of this process whose end never came, and which were given up as `incomplete`. */
  get givenUpRuns(): number {
    return langChainRuns().givenUp;
  }

  handleChatModelStart(...args: ModelStart): void {
    const [, messages] = args;
    this.startModel(args, () => {
      const groups = withMessages(messages);
      return Array.isArray(groups) && groups.length === 1 ? groups[0] : groups;
    });
  }

  handleLLMStart(...args: ModelStart): void {
    const [, prompts] = args;
    this.startModel(args, () => (Array.isArray(prompts) && prompts.length === 1 ? prompts[0] : prompts));
  }

  handleLLMNewToken(...[token, , runId, , , fields]: NewToken): void {
    quietly(() => {
      const run = langChainRuns().find(runId);
      if (run === undefined || run.hasFirstToken === true || !saysAnything(token, fields)) return;
      run.hasFirstToken = true;
      run.call?.firstTokenCame();
    });
  }

  handleLLMEnd(...[result, runId]: RunEnd): void {
    this.finish(runId, (call, run) => {
      const answer = modelAnswerOf(result);
      call.update(aboutAnswer(answer, run.requestedModel));
      call.end(answer.output);
    });
  }

  handleLLMError(...[error, runId]: RunEnd): void {
    this.finish(runId, (call) => call.fail(error));
  }

  handleChainStart(...args: ChainStart): void {
    const [serialized, inputs, runId, parentRunId, tags, metadata, runType, runName, extra] = args;
    this.start({ serialized, runId, parentRunId, runName, tags, metadata }, (outer) => {
      const name = nameOf(serialized, runName, 'Chain');
      const isNode = isGraphNode(name, tags, metadata);
      const type = !isNode && isAgent(serialized, name, runType) ? 'AGENT' : 'CHAIN';
      // In a traced graph the nodes are the structure: how they join prompts and models is not.
      if (outer?.graphRun !== undefined && type === 'CHAIN' && !isNode) return undefined;
      // Of a stream LangChain knows the input at its end only.
      const isLater = fieldOf(extra, 'lc_defers_inputs') === true;
      return { type, name, input: isLater ? undefined : unwrapped(inputs, 'input') };
    });
  }

  handleChainEnd(...[outputs, runId, , , extra]: RunEnd): void {
    this.finish(runId, (call) => call.end(unwrapped(outputs, 'output'), lateInput(extra)));
  }

  handleChainError(...[error, runId, , , extra]: RunEnd): void {
    this.finish(runId, (call) => call.fail(error, lateInput(extra)));
  }

  handleToolStart(...args: ToolStart): void {
    const [serialized, input, runId, parentRunId, tags, metadata, runName, toolCallId] = args;
    this.start({ serialized, runId, parentRunId, runName, tags, metadata }, () => ({
      type: 'TOOL',
      name: nameOf(serialized, runName, 'Tool'),
      input: toolInputOf(input),
      ...(toolCallId === undefined ? {} : { meta: { tool_call_id: toolCallId } }),
    }));
  }

  handleToolEnd(...[output, runId]: RunEnd): void {
    this.finish(runId, (call) => call.end(messageOf(output)));
  }

  handleToolError(...[error, runId]: RunEnd): void {
    this.finish(runId, (call) => call.fail(error));
  }

  handleRetrieverStart(...args: ToolStart): void {
    const [serialized, query, runId, parentRunId, tags, metadata, runName] = args;
    this.start({ serialized, runId, parentRunId, runName, tags, metadata }, () => ({
      type: 'RETRIEVER',
      name: nameOf(serialized, runName, 'Retriever'),
      input: query,
    }));
  }

  handleRetrieverEnd(...[documents, runId]: RunEnd): void {
    this.finish(runId, (call) => call.end(documentsOf(documents)));
  }

  handleRetrieverError(...[error, runId]: RunEnd): void {
    this.finish(runId, (call) => call.fail(error));
  }

  private startModel(args: ModelStart, input: () => unknown): void {
    const [serialized, , runId, parentRunId, extraParams, tags, metadata, runName] = args;
    this.start({ serialized, runId, parentRunId, runName, tags, metadata }, () => {
      const parameters = fieldOf(extraParams, 'invocation_params');
      const tools = fieldOf(parameters, 'tools') ?? fieldOf(parameters, 'functions');
      return {
        type: 'GENERATION',
        name: nameOf(serialized, runName, 'Model'),
        input: input(),
        model: requestedModel(serialized, parameters, metadata),
        modelParameters: modelParametersOf(parameters),
        ...(Array.isArray(tools) && tools.length > 0 ? { meta: { tools } } : {}),
      };
    });
  }

  /** Describing costs: it is done only for what is recorded. */
  private start(start: RunStart, describe: (outer: TraceContext | undefined) => Described | undefined): void {
    quietly(() => {
      const runs = langChainRuns();
      const { runId, serialized, metadata } = start;
      // Another handler has told of it.
      if (runs.find(runId) !== undefined) return;
      const parent = runs.find(start.parentRunId);
      const ambient = runs.contextBelow(undefined);
      const outer = runs.contextBelow(parent);
      const isTracedGraph = isObject(serialized) && runs.tracedGraphs.has(serialized);
      // A traced graph records its runs itself, and its nodes, which are what LangGraph runs directly below it.
      const isSilent = isTracedGraph || parent?.isTracedGraph === true || isHidden(start.tags);
      const isTraced = ObservedCall.isWanted(outer);
      const described = isTraced && !isSilent ? describe(outer) : undefined;
      const call = described && this.begin(start, described, { parent, outer });
      const context = isTraced && described === undefined ? outer : contextWithin(call, outer);
      const about = { runId, parent, ambient, context, metadata, isTracedGraph };
      runs.add({ ...about, call, requestedModel: described?.model });
    });
  }

  private begin(
    { tags, metadata }: RunStart,
    { meta, ...described }: Described,
    { parent, outer }: { parent: LangChainRun | undefined; outer: TraceContext | undefined },
  ): ObservedCall | undefined {
    const about = { ...aboutRun(metadata, parent?.metadata), ...meta };
    return ObservedCall.begin(
      {
        ...described,
        meta: Object.keys(about).length === 0 ? undefined : about,
        trace: outer === undefined ? aboutTrace(this.options, metadata, tags) : undefined,
      },
      outer,
    );
  }

  private finish(runId: string, tell: (call: ObservedCall, run: LangChainRun) => void): void {
    quietly(() => {
      const run = langChainRuns().take(runId);
      if (run?.call !== undefined) tell(run.call, run);
    });
  }
}

const lateInput = (extra: unknown): CallEnding => {
  const inputs = fieldOf(extra, 'inputs');
  return inputs === undefined ? {} : { input: unwrapped(inputs, 'input') };
};
