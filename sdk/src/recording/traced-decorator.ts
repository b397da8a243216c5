import { fieldOf } from '../field-of.ts';
import { traced, type TracedOptions } from './traced.ts';

type Method = (this: unknown, ...args: unknown[]) => unknown;

const isMethod = (value: unknown): value is Method => typeof value === 'function';

/** Both kinds of method decorators: TypeScript's `experimentalDecorators` and the standard ones. */
export interface MethodDecoratorOfBothKinds {
  <T>(target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<T>): void;
  <This, Args extends unknown[], R>(
    method: (this: This, ...args: Args) => R,
    context: ClassMethodDecoratorContext<This, (this: This, ...args: Args) => R>,
  ): (this: This, ...args: Args) => R;
}

/**
 * Decorator for methods: each call becomes an observation, as with `traced`. On anything else it does nothing.
 * @param name default: the method's name
 */
export function Traced(name?: string, options: TracedOptions = {}): MethodDecoratorOfBothKinds {
  // One function for two shapes of arguments: (target, key, descriptor), or (method, context).
  function decorate(target: unknown, keyOrContext: unknown, descriptor?: PropertyDescriptor): never;
  function decorate(target: unknown, keyOrContext: unknown, descriptor?: PropertyDescriptor): unknown {
    if (descriptor !== undefined) {
      const method: unknown = descriptor.value;
      if (isMethod(method)) descriptor.value = traced(name ?? String(keyOrContext), method, options);
      return undefined;
    }
    // On a field or a class nothing is said: what is returned would take its place.
    if (!isMethod(target) || fieldOf(keyOrContext, 'kind') !== 'method') return undefined;
    return traced(name ?? String(fieldOf(keyOrContext, 'name')), target, options);
  }
  return decorate;
}
