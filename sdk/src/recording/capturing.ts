import { detached } from '../payloads/detached.ts';
import { sdkState } from '../sdk-state.ts';

/**
 * Reads values of the application. What that runs of its code (`toJSON`, getters, the mask) is not traced: it would be recorded
 * as if the application had called it, and again for each value recorded then, without end.
 */
export function capturing<T>(body: () => T): T {
  const state = sdkState();
  const wasCapturing = state.isCapturing;
  state.isCapturing = true;
  try {
    return body();
  } finally {
    state.isCapturing = wasCapturing;
  }
}

/** A copy of what is kept for later: the caller may change its own meanwhile. Never throws. */
export const detachedCopy = <T>(value: T): T =>
  typeof value === 'object' ? capturing(() => detached(value)) : value;
