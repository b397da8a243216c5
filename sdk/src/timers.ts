import { AsyncLocalStorage } from 'node:async_hooks';
import * as perfHooks from 'node:perf_hooks';
import * as timers from 'node:timers';
import { quietly } from './quietly.ts';

/**
 * As they were when the SDK was loaded, and Node's own rather than the global ones: what the application or its tests put in
 * their place may stand still or return anything, and a flush would never end by it.
 */
const { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval } = timers;
const { performance } = perfHooks;

export type Timer = ReturnType<typeof timers.setTimeout>;

/**
 * The contexts the SDK was loaded in. What it does later belongs to no request, whichever one happened to make it set a timer:
 * its log lines would have the id of that, and what that holds would be kept as long as the SDK's own work.
 */
const outside = AsyncLocalStorage.snapshot();

/** Does not keep the process alive. Timers that were replaced before may not know how. */
function released<T extends { unref: () => unknown }>(timer: T): T {
  quietly(() => timer.unref());
  return timer;
}

/** Milliseconds on a clock that never steps. */
export const monotonicMs = (): number => performance.now();

/** Calls once, unless the process has ended by then. */
export const later = (body: () => void, ms: number): Timer => released(outside(setTimeout, body, ms));

/** Calls again and again for as long as the process lives. */
export const every = (body: () => void, ms: number): Timer => released(outside(setInterval, body, ms));

/** Calls once, and keeps the process alive until then. */
export const holdingLater = (body: () => void, ms: number): Timer => outside(setTimeout, body, ms);

/** Calls in the next turn of the event loop. */
export const nextTurn = (body: () => void): void => void outside(setImmediate, body);

/** Calls in the next turn of the event loop, where anything else makes it turn. */
export const nextTurnIfAny = (body: () => void): void => void released(setImmediate(body));

/** Of a call that may have been made already, or was never asked for. */
export function cancel(timer: Timer | undefined): void {
  clearTimeout(timer);
  clearInterval(timer);
}
