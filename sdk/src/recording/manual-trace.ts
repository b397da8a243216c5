import { beginTrace } from './begin-trace.ts';
import { isObservationType, type ObservationType } from '../contract/index.ts';
import { type ObservationUpdate, OpenObservation } from './open-observation.ts';
import { type OpenTrace, type TraceUpdate } from './open-trace.ts';
import { quietly } from '../quietly.ts';
import { sdkState } from '../sdk-state.ts';
import { currentContext, runIn, type TraceContext, UNTRACED } from './trace-context.ts';

/** How a trace begins. Everything but the name may also be said later, with `update`. */
export interface TraceOptions {
  name: string;
  /** Any value; serialised at once. */
  input?: unknown;
  /** The application's own user, any text. */
  userId?: string;
  /** Traces of one session (a chat, say) are shown together. */
  sessionId?: string;
  tags?: readonly string[];
  meta?: { readonly [key: string]: unknown };
}

/** How an observation begins. */
export interface ObservationOptions {
  name: string;
  /** Default `SPAN`. */
  type?: ObservationType;
  /** Any value; serialised at once. */
  input?: unknown;
  /** Name of the model, for type GENERATION. */
  model?: string;
  modelParameters?: { readonly [name: string]: unknown };
  meta?: { readonly [key: string]: unknown };
}

/** What traces and observations made by hand have in common. No method throws, whatever it is given. */
interface Step<Update> {
  /** A UUID; undefined when it is not recorded: tracing is off, or nothing was initialised. */
  readonly id: string | undefined;
  /** Begins an observation below this one. End it yourself. */
  startObservation(options: ObservationOptions): ObservationHandle;
  /** Says more. After the end it does nothing. */
  update(update: Update): void;
  /**
   * Ends it; what comes after the first `end` or `fail` does nothing. What is never ended is shown as running, and as
   * incomplete once nothing was heard of its trace for an hour or its process is gone; a trace whose observations have all
   * ended counts as ended after a minute. A `finally` is a good place.
   * @param output any value; undefined: what `update` said, or none
   */
  end(output?: unknown): void;
  /** Ends it with an error. LangGraph's interrupts are no errors: they end it as interrupted. */
  fail(error: unknown): void;
  /**
   * Runs the body with this as the current step: `traced` functions, graphs and `startObservation` called in it, also after
   * an `await`, are below. Returns what the body returns, and throws what it throws. Ends nothing.
   */
  run<T>(body: () => T): T;
}

/** A trace made by hand. */
export type TraceHandle = Step<TraceUpdate>;

/** An observation made by hand. */
export type ObservationHandle = Step<ObservationUpdate>;

type Handle = TraceHandle & ObservationHandle;

/** Of the same shape as what is recorded, and does nothing. */
function inertHandle(run: Handle['run']): Handle {
  const nothing = (): undefined => undefined;
  const handle: Handle = {
    id: undefined,
    startObservation: () => handle,
    update: nothing,
    end: nothing,
    fail: nothing,
    run,
  };
  return handle;
}

/** A trace that may not begin: nothing below it is traced either. */
const UNTRACED_TRACE = inertHandle((body) =>
  sdkState().active === undefined ? body() : runIn(UNTRACED, body),
);
/** Nothing to be below of: what its body calls may open traces of its own. */
const OUTSIDE = inertHandle((body) => body());

function openBelow(context: TraceContext, options: ObservationOptions): ObservationHandle {
  return quietly(() => startBelow(context, options)) ?? OUTSIDE;
}

function startBelow(context: TraceContext, options: ObservationOptions): ObservationHandle | undefined {
  const { trace } = context;
  // While a value is read for a record nothing is traced: see `capturing`.
  if (trace === undefined || sdkState().isCapturing) return undefined;
  const observation = new OpenObservation(trace.sdk, trace, context);
  const { name, type, input, model, modelParameters, meta } = options;
  observation.start({
    name,
    type: isObservationType(type) ? type : 'SPAN',
    input,
    model,
    modelParameters,
    meta,
  });
  return observationHandle(observation, { ...context, observation });
}

function observationHandle(observation: OpenObservation, context: TraceContext): ObservationHandle {
  return {
    id: observation.id,
    startObservation: (options) => openBelow(context, options),
    update: (update) => void quietly(() => observation.remember(update)),
    end: (output) => void quietly(() => observation.end(observation.ending(output))),
    fail: (error) => void quietly(() => observation.fail(error)),
    run: (body) => runIn(context, body),
  };
}

function traceHandle(trace: OpenTrace): TraceHandle {
  const context = { trace, observation: undefined, graphRun: undefined };
  return {
    id: trace.id,
    startObservation: (options) => openBelow(context, options),
    update: (update) => void quietly(() => trace.update(update)),
    end: (output) => void quietly(() => trace.end(output)),
    fail: (error) => void quietly(() => trace.fail(error)),
    run: (body) => runIn(context, body),
  };
}

/**
 * Opens a trace by hand, for what no wrapper fits. It is a trace of its own wherever it is called. End it yourself. Never
 * throws; while tracing is off it returns a handle of the same shape that does nothing.
 */
export function startTrace(options: TraceOptions): TraceHandle {
  const handle = quietly(() => {
    const trace = beginTrace();
    if (trace === undefined) return undefined;
    const { name, input, userId, sessionId, tags, meta } = options;
    trace.start({ name, input, userId, sessionId, tags, meta });
    return traceHandle(trace);
  });
  return handle ?? UNTRACED_TRACE;
}

/**
 * Begins an observation below the innermost one the calling code runs in. End it yourself. Never throws; outside of a
 * trace it opens nothing: the handle has the same shape and does nothing.
 */
export function startObservation(options: ObservationOptions): ObservationHandle {
  return openBelow(currentContext() ?? UNTRACED, options);
}
