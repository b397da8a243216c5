import { fieldOf } from '../field-of.ts';
import { HANDLER_NAME, SwisperStudioHandler } from './langchain-handler.ts';
import { langChainRuns } from './langchain-runs.ts';
import { sdkState } from '../sdk-state.ts';
import { currentContext, type TraceContext } from '../recording/trace-context.ts';

const handler = new SwisperStudioHandler();

const isOurs = (value: unknown): boolean => fieldOf(value, 'name') === HANDLER_NAME;

/** LangChain's manager of handlers, as a run hands it to what runs below. */
interface CallbackManagerLike {
  readonly handlers: readonly unknown[];
  copy(additional: readonly unknown[]): unknown;
}
const isManager = (value: unknown): value is CallbackManagerLike =>
  Array.isArray(fieldOf(value, 'handlers')) && typeof fieldOf(value, 'copy') === 'function';

/** The handlers and one of ours; undefined where there is one already, or what is given is not known. */
function withOurs(callbacks: unknown): unknown {
  if (callbacks === undefined || callbacks === null) return [handler];
  if (Array.isArray(callbacks)) {
    const given: readonly unknown[] = callbacks;
    return given.some(isOurs) ? undefined : [...given, handler];
  }
  if (!isManager(callbacks) || callbacks.handlers.some(isOurs)) return undefined;
  return callbacks.copy([handler]);
}

/** The configuration a node is called with, so that LangChain models, tools and retrievers it calls are recorded. */
export function withHandler(config: unknown): unknown {
  if (typeof config !== 'object' || config === null) return config;
  const callbacks = withOurs(fieldOf(config, 'callbacks'));
  if (callbacks === undefined) return config;
  // As LangChain does with new handlers: what named and numbered the run above is not for the runs below.
  const below: Record<string, unknown> = { ...config, callbacks };
  delete below['runName'];
  delete below['runId'];
  return below;
}

/** Where a run of a graph belongs: LangGraph begins it outside of LangChain's travelling context, but knows its run. */
export function contextOfLoop(loop: unknown): TraceContext | undefined {
  const context = currentContext();
  const { langChainRuns: runs } = sdkState();
  return runs === undefined ? context : runs.within(fieldOf(fieldOf(loop, 'manager'), 'runId'), context);
}

/** Lets handlers recognise the runs of a graph that records itself. */
export function announceRuns(graph: object): void {
  const describe = fieldOf(graph, 'toJSON');
  if (typeof describe !== 'function') return;
  const toJSON = (): unknown => {
    const description: unknown = Reflect.apply(describe, graph, []);
    if (typeof description === 'object' && description !== null)
      langChainRuns().tracedGraphs.add(description);
    return description;
  };
  Object.defineProperty(graph, 'toJSON', { value: toJSON, configurable: true, writable: true });
}
