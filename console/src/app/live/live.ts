import {
  catchError,
  defer,
  distinctUntilChanged,
  map,
  merge,
  NEVER,
  of,
  repeat,
  switchMap,
  tap,
  timer,
  type Observable,
} from 'rxjs';

/** What a live region knows: the last good value survives errors, so that it can be shown as stale. */
export interface Live<T> {
  readonly value: T | undefined;
  /** When `value` arrived, in ms since the epoch. */
  readonly at: number | null;
  /** Why the last attempt failed; null after a good one. */
  readonly error: unknown;
  /** Failures in a row. */
  readonly failures: number;
  /** When the next attempt is due after a failure, in ms since the epoch. */
  readonly retryAt: number | null;
}

export const NOTHING_YET: Live<never> = {
  value: undefined,
  at: null,
  error: null,
  failures: 0,
  retryAt: null,
};

export interface LiveOptions<T> {
  /** Pause between the end of one request and the start of the next; null from the function: wait for `refresh$`. */
  everyMs: number | ((value: T) => number | null);
  load: () => Observable<T>;
  /** Polling runs while the last value is true: tab visible, signed in, not paused. A rise loads at once. */
  active$: Observable<boolean>;
  /** Loads at once, whatever is due. */
  refresh$?: Observable<unknown>;
  /** Longest pause between attempts while failing, default 60 s. */
  maxMs?: number;
}

const DEFAULT_MAX_MS = 60_000;

/**
 * Polls without overlap: the next request starts after the last one ended. Failures back off (doubled, jittered)
 * and never end the stream. Emits one state per answer.
 */
export function live<T>(options: LiveOptions<T>): Observable<Live<T>> {
  return defer(() => {
    let state: Live<T> = NOTHING_YET;
    const once = defer(options.load).pipe(
      map((value): Live<T> => ({ value, at: Date.now(), error: null, failures: 0, retryAt: null })),
      catchError((error: unknown) => of(failed(state, error, options))),
      tap((next) => (state = next)),
    );
    const poll = once.pipe(repeat({ delay: () => pause(state, options.everyMs) }));
    return options.active$.pipe(
      distinctUntilChanged(),
      switchMap((active) =>
        active ? merge(of(null), options.refresh$ ?? NEVER).pipe(switchMap(() => poll)) : NEVER,
      ),
    );
  });
}

function failed<T>(state: Live<T>, error: unknown, { everyMs, maxMs }: LiveOptions<T>): Live<T> {
  const failures = state.failures + 1;
  const base = typeof everyMs === 'number' ? everyMs : 1_000;
  const jitter = 0.75 + Math.random() / 2;
  const delayMs = Math.min(maxMs ?? DEFAULT_MAX_MS, base * 2 ** failures * jitter);
  return { value: state.value, at: state.at, error, failures, retryAt: Date.now() + delayMs };
}

function pause<T>(state: Live<T>, everyMs: LiveOptions<T>['everyMs']): Observable<unknown> {
  if (state.retryAt !== null) return timer(Math.max(0, state.retryAt - Date.now()));
  if (typeof everyMs === 'number') return timer(everyMs);
  const delayMs = state.value === undefined ? 0 : everyMs(state.value);
  return delayMs === null ? NEVER : timer(delayMs);
}
