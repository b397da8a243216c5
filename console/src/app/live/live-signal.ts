import { DestroyRef, inject, type Signal } from '@angular/core';
import { toObservable, toSignal } from '@angular/core/rxjs-interop';
import { startWith, Subject, switchMap } from 'rxjs';

import { live, NOTHING_YET, type Live, type LiveOptions } from './live.ts';
import { Polling } from './polling.ts';

export interface LiveSignal<T> {
  readonly state: Signal<Live<T>>;
  /** Asks again now. */
  refresh(): void;
}

export type LiveSignalOptions<T> = Pick<LiveOptions<T>, 'everyMs' | 'load' | 'maxMs'> & {
  /** What is being watched (a project, a filter): when it changes, the old value is dropped and loading starts anew. */
  subject: Signal<unknown>;
};

/** `live()` for a component: follows the console's polling rules and ends with the component. */
export function liveSignal<T>({ subject, ...options }: LiveSignalOptions<T>): LiveSignal<T> {
  const refresh$ = new Subject<void>();
  inject(DestroyRef).onDestroy(() => refresh$.complete());
  const active$ = inject(Polling).active$;
  const state = toSignal(
    toObservable(subject).pipe(
      switchMap(() => live({ ...options, active$, refresh$ }).pipe(startWith<Live<T>>(NOTHING_YET))),
    ),
    { initialValue: NOTHING_YET },
  );
  return { state, refresh: () => refresh$.next() };
}
