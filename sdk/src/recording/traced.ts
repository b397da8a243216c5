import { follow, isGenerator } from './followed-generator.ts';
import { type ObservationUpdate } from './open-observation.ts';
import { type TraceUpdate } from './open-trace.ts';
import { quietly } from '../quietly.ts';
import { sdkState } from '../sdk-state.ts';
import { currentContext, runIn, type TraceContext, UNTRACED } from './trace-context.ts';
import { failStep, finishStep, startStep, type Step, type TracedOptions } from './traced-step.ts';
import { fulfilledWatched, isPromise, watched } from './watched-promise.ts';
import { YieldingStep } from './yielding-step.ts';

export type { TracedOptions } from './traced-step.ts';

/** What a function returned, or its promise resolved to: the end of the step, but for a generator, which only begins then. */
function settle(step: Step, result: unknown): void {
  if (!isGenerator(result) || !follow(result, step.within, new YieldingStep(step))) finishStep(step, result);
}

/** Below nothing that is traced. What a generator calls belongs where it was made, whoever reads it. */
function runUntraced<R>(body: () => R): R {
  if (sdkState().active === undefined) return body();
  const outer = currentContext();
  // Also while a value is read for a record: what is called then may go on afterwards.
  const result = outer?.trace === undefined ? runIn(UNTRACED, body) : body();
  if (isGenerator(result)) quietly(() => follow(result, outer ?? UNTRACED));
  return isPromise(result) ? followResolved(result, outer ?? UNTRACED) : result;
}

function followResolved<R>(promise: R & Promise<unknown>, context: TraceContext): R {
  const keep = (value: unknown): void => {
    if (isGenerator(value)) follow(value, context);
  };
  return quietly(() => fulfilledWatched(promise, keep)) ?? promise;
}

function runTraced<R>(name: string, options: TracedOptions, args: readonly unknown[], body: () => R): R {
  const step = quietly(() => startStep(name, options, args));
  if (step === undefined) return runUntraced(body);
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
    const finish = (value: unknown): void => settle(step, value);
    const fail = (error: unknown): void => failStep(step, error);
    const passedOn = quietly(() => watched(promise, finish, fail));
    if (passedOn !== undefined) return passedOn;
  }
  quietly(() => settle(step, result));
  return result;
}

/**
 * Wraps a function so that each call becomes an observation: its arguments are the input, what it returns (or resolves to)
 * the output. The outermost call opens a trace. Errors are recorded and thrown on unchanged. What is attached to the function
 * can be read from the wrapper. A generator it returns is run below the observation, which ends with it: the output is what it
 * yielded, one text if all were texts, else a list; of more than `maxFieldBytes` the first.
 * @param name name of the observation
 * @param options type (default `SPAN`) and model
 */
export function traced<This, Args extends unknown[], R>(
  name: string,
  fn: (this: This, ...args: Args) => R,
  options: TracedOptions = {},
): (this: This, ...args: Args) => R {
  // A program without types may say null for nothing.
  const given = options ?? {};
  const wrapper = function (this: This, ...args: Args): R {
    return runTraced(name, given, args, () => fn.apply(this, args));
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
