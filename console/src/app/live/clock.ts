import { inject, Injectable, signal } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { interval, map, NEVER, startWith, switchMap } from 'rxjs';

import { Polling } from './polling.ts';

/** One ticking clock for every relative time, corrected by the server's clock so a wrong laptop clock does not show. */
@Injectable({ providedIn: 'root' })
export class Clock {
  private readonly polling = inject(Polling);
  private readonly skewMs = signal(0);

  /** This machine's time, once a second while the tab is visible, in ms since the epoch. */
  readonly localNow = toSignal(
    this.polling.visible$.pipe(
      switchMap((visible) => (visible ? interval(1_000).pipe(startWith(0)) : NEVER)),
      map(() => Date.now()),
    ),
    { initialValue: Date.now() },
  );

  /** The server's time, in ms since the epoch. */
  serverNow(): number {
    return this.localNow() + this.skewMs();
  }

  /** Takes the server's time from an answer; small differences are the network's and are ignored. */
  learn(serverTime: string): void {
    const skewMs = Date.parse(serverTime) - Date.now();
    if (Number.isFinite(skewMs) && Math.abs(skewMs - this.skewMs()) > 1_500) this.skewMs.set(skewMs);
  }
}
