import { Component, computed, inject } from '@angular/core';
import { MatMenuModule } from '@angular/material/menu';
import { LucidePause, LucidePlay, LucideRadio } from '@lucide/angular';

import { Polling } from '../live/polling.ts';

/** Pauses and resumes all live regions. */
@Component({
  selector: 'sw-live-menu',
  imports: [LucidePause, LucidePlay, LucideRadio, MatMenuModule],
  template: `
    <button
      type="button"
      class="btn quiet small"
      [matMenuTriggerFor]="menu"
      [attr.aria-label]="'Updates: ' + word()"
    >
      @if (polling.paused()) {
        <svg lucidePause [size]="14"></svg>
      } @else {
        <svg lucideRadio class="live" [size]="14"></svg>
      }
      <span>{{ word() }}</span>
    </button>
    <mat-menu #menu="matMenu" xPosition="before">
      <button mat-menu-item (click)="polling.resume()"><svg lucidePlay [size]="14"></svg> Live</button>
      <button mat-menu-item (click)="polling.pause()"><svg lucidePause [size]="14"></svg> Paused</button>
    </mat-menu>
  `,
  styles: `
    .live {
      color: var(--ok);
    }
    [mat-menu-item] svg {
      margin-right: 8px;
      vertical-align: -2px;
    }
  `,
})
export class LiveMenu {
  protected readonly polling = inject(Polling);
  protected readonly word = computed(() => (this.polling.paused() ? 'Paused' : 'Live'));
}
