import { quietly } from '../quietly.ts';

/** A proxy may throw when it is asked what it is. */
export const isPromise = <R>(value: R): value is R & Promise<unknown> =>
  quietly(() => value instanceof Promise) ?? false;

/** Put by `node:domain` on each promise that is made within a domain. */
const DOMAIN = 'domain';

/** Of names, whether there are others than all promises have: those of zone.js or bluebird, say, have some. */
function hasMore(names: readonly string[]): boolean {
  if (names.length === 0) return false;
  const usual = Object.getOwnPropertyNames(new Promise(() => undefined));
  return !names.every((name) => name === DOMAIN || usual.includes(name));
}

/**
 * Nothing that the application gave it: who awaits it cannot tell it from another one. Symbols do not count: Node 20 and 22 keep
 * the storages of `AsyncLocalStorage` under some.
 */
const isPlain = (promise: Promise<unknown>): boolean =>
  promise.constructor === Promise && !hasMore(Object.getOwnPropertyNames(promise));

const isOfSameKind = <R>(value: unknown, like: R): value is R =>
  value instanceof Promise && like instanceof Promise;

/**
 * Tells how a promise ends, before the caller learns it. A plain promise is passed on by a new one, so that a rejection nobody
 * handles is still reported by Node. A subclass, or one with properties of its own (`cancel`, say), is handed back itself, because
 * callers use what it has; a rejection of it counts as handled then. What the two functions throw is nobody's.
 */
export function watched<R>(
  promise: R & Promise<unknown>,
  fulfilled: (value: unknown) => void,
  rejected: (error: unknown) => void,
): R {
  const isPassedOn = isPlain(promise);
  const passedOn = promise.then(
    (value) => {
      quietly(() => fulfilled(value));
      return value;
    },
    (error: unknown) => {
      quietly(() => rejected(error));
      if (isPassedOn) throw error;
    },
  );
  return isPassedOn && isOfSameKind(passedOn, promise) ? passedOn : promise;
}

/** Tells only how a promise is fulfilled. One that is not plain is left alone: watched, its rejection would count as handled. */
export const fulfilledWatched = <R>(promise: R & Promise<unknown>, fulfilled: (value: unknown) => void): R =>
  isPlain(promise) ? watched(promise, fulfilled, () => undefined) : promise;
