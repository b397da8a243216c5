import { Component, computed, inject, input } from '@angular/core';
import { MatTooltip } from '@angular/material/tooltip';

import { Clock } from '../live/clock.ts';
import { absoluteTime, relativeTime, type TimeStyle } from './relative-time.ts';

/** A time as "5 seconds ago" that keeps ticking; absolute forms on hover and focus. */
@Component({
  selector: 'sw-time',
  imports: [MatTooltip],
  template: `<time
    [attr.datetime]="value()"
    [attr.tabindex]="focusable() ? 0 : null"
    [matTooltip]="absolute()"
    [attr.aria-label]="focusable() ? label() : null"
    >{{ relative() }}</time
  >`,
  styles: `
    time {
      font-variant-numeric: tabular-nums;
      white-space: nowrap;
    }
  `,
})
export class Time {
  /** RFC 3339. */
  readonly value = input.required<string>();
  readonly format = input<TimeStyle>('long');
  readonly focusable = input(true);

  private readonly clock = inject(Clock);
  protected readonly relative = computed(() =>
    relativeTime(Date.parse(this.value()), this.clock.serverNow(), this.format()),
  );
  protected readonly absolute = computed(() => absoluteTime(this.value()));
  protected readonly label = computed(() => `${this.relative()}, ${this.absolute().split('\n')[0] ?? ''}`);
}
