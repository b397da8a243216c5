import { Component, computed, inject, input, output } from '@angular/core';
import { LucideTriangleAlert } from '@lucide/angular';

import { toApiError } from '../api/api-error.ts';
import { Clock } from '../live/clock.ts';
import type { Live } from '../live/live.ts';
import { Polling } from '../live/polling.ts';
import { formatTicking } from './duration.ts';

/** Says how fresh a live region is: "Live · updated 2 s ago", or since when it is not, and when it tries again. */
@Component({
  selector: 'sw-live-note',
  imports: [LucideTriangleAlert],
  template: `
    @if (state().error && state().at !== null) {
      <span class="stale" role="status">
        <svg lucideTriangleAlert [size]="14"></svg>
        <span>Not updated for {{ age() }} · {{ reason() }}{{ retry() }}</span>
        <button type="button" class="btn small" (click)="retryNow.emit()">Retry now</button>
      </span>
    } @else if (state().at !== null) {
      <span class="fresh" [class.paused]="polling.paused()">
        <span class="pulse" aria-hidden="true"></span>
        {{ polling.paused() ? 'Paused' : 'Live' }} · updated
        {{ age() === '0 s' ? 'just now' : age() + ' ago' }}
      </span>
    }
  `,
  styles: `
    :host {
      display: inline-flex;
      font-size: 12.5px;
      color: var(--muted);
      font-variant-numeric: tabular-nums;
    }
    span {
      white-space: nowrap;
    }
    .fresh,
    .stale {
      display: inline-flex;
      align-items: center;
      gap: 7px;
    }
    .stale {
      color: var(--warning);
    }
    .pulse {
      width: 7px;
      height: 7px;
      border-radius: 50%;
      background: var(--ok);
    }
    .paused .pulse {
      border-radius: 1px;
      background: var(--idle);
    }
  `,
})
export class LiveNote {
  readonly state = input.required<Live<unknown>>();
  readonly retryNow = output();

  protected readonly polling = inject(Polling);
  private readonly clock = inject(Clock);
  protected readonly age = computed(() => formatTicking(this.clock.localNow() - (this.state().at ?? 0)));
  protected readonly reason = computed(() => toApiError(this.state().error).detail);
  protected readonly retry = computed(() => {
    const { retryAt } = this.state();
    if (retryAt === null) return '';
    const leftMs = retryAt - this.clock.localNow();
    return leftMs > 0 ? ` · retrying in ${formatTicking(leftMs + 999)}` : ' · retrying…';
  });
}
