import { types } from 'node:util';
import { fieldOf } from '../field-of.ts';
import { quietly } from '../quietly.ts';
import { runIn, type TraceContext } from './trace-context.ts';
import { isPromise, watched } from './watched-promise.ts';

/** Told of what passes through a generator. */
export interface GeneratorWatch {
  yielded(value: unknown): void;
  /** It ran to its end. */
  returned(value: unknown): void;
  /** Its reader wants no more. */
  left(): void;
  threw(error: unknown): void;
}

type Method = (this: unknown, ...args: readonly unknown[]) => unknown;
type MethodName = 'next' | 'return' | 'throw';
const isMethod = (value: unknown): value is Method => typeof value === 'function';

/** What a call of `function*` or `async function*` returns. Asks nothing of it that could run the host's code. */
export const isGenerator = (value: unknown): value is object => types.isGeneratorObject(value);

/** One that traced functions hand out over and over is followed so many times at most: each is a call more per value. */
const MAX_TIMES = 8;
const timesFollowed = new WeakMap<object, number>();

function tell(watch: GeneratorWatch, name: MethodName, result: unknown): void {
  const value = fieldOf(result, 'value');
  if (fieldOf(result, 'done') !== true) watch.yielded(value);
  else if (name === 'return') watch.left();
  else watch.returned(value);
}

function followed(
  name: MethodName,
  method: Method,
  { context, watch }: { context: TraceContext; watch: GeneratorWatch | undefined },
): Method {
  return function (...args) {
    let result: unknown;
    try {
      result = runIn(context, () => Reflect.apply(method, this, args));
    } catch (error) {
      quietly(() => watch?.threw(error));
      throw error;
    }
    if (watch === undefined) return result;
    // Of another realm (`node:vm`) it is no instance of this one's.
    if (types.isPromise(result) || isPromise(result)) {
      const promise = result;
      const threw = (error: unknown): void => watch.threw(error);
      return quietly(() => watched(promise, (value) => tell(watch, name, value), threw)) ?? promise;
    }
    quietly(() => tell(watch, name, result));
    return result;
  };
}

/**
 * Runs a generator's body in the context, whoever reads it, and tells the watch, if any, what passes. The generator stays the
 * object it is: its `next`, `return` and `throw` become its own.
 * @returns whether it can be done: not with one that is frozen
 */
export function follow(generator: object, context: TraceContext, watch?: GeneratorWatch): boolean {
  const times = timesFollowed.get(generator) ?? 0;
  if (times >= MAX_TIMES || !Object.isExtensible(generator)) return false;
  timesFollowed.set(generator, times + 1);
  for (const name of ['next', 'return', 'throw'] as const) {
    const method: unknown = Reflect.get(generator, name);
    if (!isMethod(method)) continue;
    const value = followed(name, method, { context, watch });
    Reflect.defineProperty(generator, name, { value, configurable: true, writable: true });
  }
  return true;
}
