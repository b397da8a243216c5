import { computed, type Signal } from '@angular/core';
import { toObservable, toSignal } from '@angular/core/rxjs-interop';
import { catchError, map, of, startWith, switchMap, type Observable } from 'rxjs';

export interface Loaded<T> {
  readonly value: T | undefined;
  readonly error: unknown;
  readonly isLoading: boolean;
}

const LOADING: Loaded<never> = { value: undefined, error: null, isLoading: true };

/** The latest result of a request that is made again whenever its subject changes; compared by content. */
export function loaded<S, T>(subject: Signal<S>, load: (subject: S) => Observable<T>): Signal<Loaded<T>> {
  const distinct = computed(subject, { equal: (a, b) => JSON.stringify(a) === JSON.stringify(b) });
  return toSignal(
    toObservable(distinct).pipe(
      switchMap((current) =>
        load(current).pipe(
          map((value): Loaded<T> => ({ value, error: null, isLoading: false })),
          catchError((error: unknown) => of<Loaded<T>>({ value: undefined, error, isLoading: false })),
          startWith<Loaded<T>>(LOADING),
        ),
      ),
    ),
    { initialValue: LOADING },
  );
}
