import { beginTrace } from './begin-trace.ts';
import { isObservationType, type ObservationType } from '../contract/index.ts';
import { type ObservationUpdate, OpenObservation } from './open-observation.ts';
import { type OpenTrace, type TraceUpdate } from './open-trace.ts';
import { quietly } from '../quietly.ts';
import { sdkState } from '../sdk-state.ts';
import { ContextWithin, currentContext, runIn, type TraceContext, UNTRACED } from './trace-context.ts';
import { isPromise, watched } from './watched-promise.ts';

export interface TracedOptions {
  /** Default `SPAN`. */
  type?: ObservationType;
  /** Name of the model, for type GENERATION. */
  model?: string;
}

class Step {
  readonly observation: OpenObservation;
  /** Set when this call opened the trace. */
  readonly trace: OpenTrace | undefined;
  /** Where what it calls is. */
  readonly within: TraceContext;

  constructor(within: ContextWithin, trace: OpenTrace | undefined) {
    this.observation = within.observation;
    this.trace = trace;
    this.within = within;
  }
}

function startStep(name: string, { type, model }: TracedOptions, args: readonly unknown[]): Step | undefined {
  const context = currentContext();
  const trace = context === undefined ? beginTrace() : undefined;
  const within = trace ?? context?.trace;
  if (sdkState().active === undefined || within === undefined) return undefined;
  // Of the trace: what runs now may be another project's.
  const { sdk } = within;
  const value = args.length <= 1 ? args[0] : args;
  const input = value === undefined ? undefined : sdk.recorder.jsonText(value, 'input');
  trace?.start({ name, input });
  const observation = new OpenObservation(sdk, within, context);
  observation.start({ name, type: isObservationType(type) ? type : 'SPAN', model, input });
  return new Step(new ContextWithin(within, observation, context), trace);
}

function finishStep({ observation, trace }: Step, result: unknown): void {
  const ending = observation.ending(result);
  observation.end(ending);
  trace?.end(ending.output);
}

function failStep({ observation, trace }: Step, error: unknown): void {
  observation.fail(error);
  trace?.fail(error);
}

function runTraced<R>(name: string, options: TracedOptions, args: readonly unknown[], body: () => R): R {
  const step = quietly(() => startStep(name, options, args));
  if (step === undefined)
    return currentContext() === undefined && sdkState().active ? runIn(UNTRACED, body) : body();
  let result: R;
  try {
    result = runIn(step.within, body);
  } catch (error) {
    quietly(() => failStep(step, error));
    throw error;
  }
  // Not any thenable: a query builder runs its query each time `then` is called.
  if (isPromise(result)) {
    const promise = result;
    const finish = (value: unknown): void => finishStep(step, value);
    const fail = (error: unknown): void => failStep(step, error);
    const passedOn = quietly(() => watched(promise, finish, fail));
    if (passedOn !== undefined) return passedOn;
  }
  quietly(() => finishStep(step, result));
  return result;
}

/**
 * Wraps a function so that each call becomes an observation: its arguments are the input, what it returns (or resolves to)
 * the output. The outermost call opens a trace. Errors are recorded and thrown on unchanged. What is attached to the function
 * can be read from the wrapper.
 * @param name name of the observation
 * @param options type (default `SPAN`) and model
 */
export function traced<This, Args extends unknown[], R>(
  name: string,
  fn: (this: This, ...args: Args) => R,
  options: TracedOptions = {},
): (this: This, ...args: Args) => R {
  const wrapper = function (this: This, ...args: Args): R {
    return runTraced(name, options, args, () => fn.apply(this, args));
  };
  return standingFor(fn, wrapper);
}

/**
 * Makes a wrapper show what is attached to its function, also what is attached later: properties, the metadata of
 * `reflect-metadata` (the guards and routes of NestJS, which both follow prototypes), and what kind of function it is.
 */
function standingFor<Wrapper extends object>(fn: (...args: never) => unknown, wrapper: Wrapper): Wrapper {
  const prototype: unknown = fn.prototype;
  Object.setPrototypeOf(wrapper, fn);
  Object.defineProperties(wrapper, {
    name: { value: fn.name, configurable: true },
    length: { value: fn.length, configurable: true },
    prototype: { value: prototype, writable: true },
  });
  return wrapper;
}

/**
 * Says more about the innermost running observation: model, usage, cost, meta, level… Sent with its end. Outside of a
 * trace it does nothing.
 */
export function updateCurrentObservation(update: ObservationUpdate): void {
  quietly(() => currentContext()?.observation?.remember(update));
}

/** Says more about the trace the calling code runs in: user, session, tags, meta… Sent at once. Outside of a trace it does nothing. */
export function updateCurrentTrace(update: TraceUpdate): void {
  quietly(() => currentContext()?.trace?.update(update));
}
