import { DOCUMENT, inject, Injectable, signal } from '@angular/core';
import { toObservable } from '@angular/core/rxjs-interop';
import {
  combineLatest,
  distinctUntilChanged,
  fromEvent,
  map,
  shareReplay,
  startWith,
  type Observable,
} from 'rxjs';

import { SessionState } from '../api/session-state.ts';

/** Decides for the whole console whether live regions may ask the server: visible tab, valid session, not paused. */
@Injectable({ providedIn: 'root' })
export class Polling {
  private readonly document = inject(DOCUMENT);
  private readonly session = inject(SessionState);
  private readonly isPaused = signal(false);

  /** Paused by the person through the Live menu. */
  readonly paused = this.isPaused.asReadonly();

  readonly visible$: Observable<boolean> = fromEvent(this.document, 'visibilitychange').pipe(
    startWith(null),
    map(() => !this.document.hidden),
    distinctUntilChanged(),
    shareReplay({ bufferSize: 1, refCount: true }),
  );

  readonly active$: Observable<boolean> = combineLatest([
    this.visible$,
    toObservable(this.session.expired),
    toObservable(this.isPaused),
  ]).pipe(
    map(([visible, expired, paused]) => visible && !expired && !paused),
    distinctUntilChanged(),
    shareReplay({ bufferSize: 1, refCount: true }),
  );

  pause(): void {
    this.isPaused.set(true);
  }

  resume(): void {
    this.isPaused.set(false);
  }
}
