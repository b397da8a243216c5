import { type GraphRun } from '../graph/graph-run.ts';
import { type OpenObservation } from './open-observation.ts';
import { type OpenTrace } from './open-trace.ts';
import { sdkState } from '../sdk-state.ts';

/** Where in a trace the running code is; travels with AsyncLocalStorage. */
export interface TraceContext {
  /** Undefined: this run is not traced, nor is anything it calls. */
  readonly trace: OpenTrace | undefined;
  /** The innermost open observation. */
  readonly observation: OpenObservation | undefined;
  /** The innermost run of a traced graph. */
  readonly graphRun: GraphRun | undefined;
}

/** Within an open observation. Made by `new`, as everything that lives as long as a call (see `buffered-event.ts`). */
export class ContextWithin implements TraceContext {
  readonly trace: OpenTrace;
  readonly observation: OpenObservation;
  readonly graphRun: GraphRun | undefined;

  constructor(trace: OpenTrace, observation: OpenObservation, outer: TraceContext | undefined) {
    this.trace = trace;
    this.observation = observation;
    this.graphRun = outer?.graphRun;
  }
}

/** Nothing below is traced: the run began while tracing was off, and traces are whole or not at all. */
export const UNTRACED: TraceContext = { trace: undefined, observation: undefined, graphRun: undefined };

/**
 * Where what begins now belongs: nowhere, while a value is read for a record. Also within LangChain components (a tool's body),
 * which run without this SDK having run them.
 */
export const currentContext = (): TraceContext | undefined =>
  sdkState().isCapturing ? UNTRACED : contextOfCaller();

/** Asked in the host's path: LangChain's own storage may throw, say, and then only what this SDK knows is known. */
function contextOfCaller(): TraceContext | undefined {
  const { contexts, langChainRuns } = sdkState();
  const context = contexts.getStore();
  if (langChainRuns === undefined) return context;
  try {
    return langChainRuns.nearest(context);
  } catch {
    return context;
  }
}

export const runIn = <T>(context: TraceContext, body: () => T): T => sdkState().contexts.run(context, body);

/** Id of the trace the calling code runs in; undefined outside of one. */
export const getCurrentTraceId = (): string | undefined => contextOfCaller()?.trace?.id;
