import { EVENT_MAX_BYTES } from '../contract/index.ts';
import { serialize } from './serialize.ts';
import { snapshotOf } from './snapshot.ts';

/** Larger or other ones are copied as their JSON. */
const MAX_PLAIN_CHARS = 8192;

const isCopyOf = <T>(copy: unknown, value: T): copy is T =>
  typeof copy === typeof value && Array.isArray(copy) === Array.isArray(value);

/**
 * A copy of what is kept for later: the caller may change its own meanwhile. What is neither small nor plain is copied as
 * it would be sent. Never throws.
 */
export function detached<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  const copy: unknown =
    snapshotOf(value, MAX_PLAIN_CHARS)?.value ?? JSON.parse(serialize(value, EVENT_MAX_BYTES).text);
  return isCopyOf(copy, value) ? copy : value;
}
