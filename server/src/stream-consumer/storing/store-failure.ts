import { BreakerOpenError } from './breaker.ts';
import { sqlStateOf } from './data-error.ts';

/**
 * Why a batch was not stored. `database`: it, or something on the way to it, is not well; passes by itself. `schema`:
 * the database is older or newer than this version; somebody has to act. `breaker`: see {@link Breaker}. `unexpected`:
 * nothing we know of; a new process may do better.
 */
export type FailureKind = 'database' | 'schema' | 'breaker' | 'unexpected';

/** A pause is between half of what is said here and the whole: those who failed together do not try again together. */
const FIRST_PAUSE_MS = 200;
const MAX_PAUSE_MS = 1_000;
/** Somebody has to act: migrate the schema, take the bad entries away. */
const LONG_PAUSE_MS = 10_000;

export function failureKindOf(error: unknown): FailureKind {
  if (error instanceof BreakerOpenError) return 'breaker';
  const sqlState = sqlStateOf(error);
  if (sqlState !== null) return sqlState.startsWith('42') ? 'schema' : 'database';
  return isConnectionTrouble(error) ? 'database' : 'unexpected';
}

/** System error codes, and what the PostgreSQL client says without one. */
function isConnectionTrouble(error: unknown): boolean {
  const cause: unknown = error instanceof Error && 'driverError' in error ? error.driverError : error;
  if (!(cause instanceof Error)) return false;
  if ('code' in cause && typeof cause.code === 'string' && /^E[A-Z]+$/.test(cause.code)) return true;
  return /connection|timeout|terminated|not queryable|pool/i.test(cause.message);
}

/** @param failures how many there were before this one */
export function pauseAfterMs(kind: FailureKind, failures: number): number {
  const waitsForSomebody = kind === 'schema' || kind === 'breaker';
  const pauseMs = waitsForSomebody
    ? LONG_PAUSE_MS
    : Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures, 10), MAX_PAUSE_MS);
  return pauseMs * (0.5 + Math.random() / 2);
}
