import { BreakerOpenError } from './breaker.ts';
import { sqlStateOf } from './data-error.ts';

/**
 * Why a batch was not stored. `database`: it, or something on the way to it, is not well; passes by itself. `schema`:
 * the database is older or newer than this version; somebody has to act. `breaker`: see {@link Breaker}.
 */
export type FailureKind = 'database' | 'schema' | 'breaker';

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 1_000;
/** Between tries of what waiting does not cure: the schema may be migrated, the bad entries may be taken away. */
const LONG_PAUSE_MS = 10_000;

export function failureKindOf(error: unknown): FailureKind {
  if (error instanceof BreakerOpenError) return 'breaker';
  return sqlStateOf(error)?.startsWith('42') === true ? 'schema' : 'database';
}

/** @param failures how many there were before this one */
export function pauseAfterMs(kind: FailureKind, failures: number): number {
  const pauseMs =
    kind === 'database'
      ? Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures, 10), MAX_PAUSE_MS)
      : LONG_PAUSE_MS;
  return pauseMs * (0.5 + Math.random() / 2);
}
