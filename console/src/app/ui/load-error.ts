import { Component, computed, input, output } from '@angular/core';
import { LucideCircleAlert } from '@lucide/angular';

import { toApiError } from '../api/api-error.ts';

/** A region without data whose request failed: what happened, how to refer to it, and a way to try again. */
@Component({
  selector: 'sw-load-error',
  imports: [LucideCircleAlert],
  template: `
    <div class="box" role="alert">
      <svg lucideCircleAlert [size]="22"></svg>
      <h2>{{ title() }}</h2>
      <p>{{ problem().detail }}</p>
      @if (reference()) {
        <p class="muted mono">{{ reference() }}</p>
      }
      <button type="button" class="btn" (click)="retry.emit()">Retry</button>
    </div>
  `,
  styles: `
    .box {
      display: grid;
      justify-items: center;
      gap: 8px;
      padding: 56px 24px;
      text-align: center;
    }
    svg {
      color: var(--error);
    }
    .btn {
      margin-top: 8px;
    }
  `,
})
export class LoadError {
  readonly error = input.required<unknown>();
  readonly title = input('This could not be loaded');
  readonly retry = output();
  protected readonly problem = computed(() => toApiError(this.error()));
  protected readonly reference = computed(() => {
    const { status, requestId } = this.problem();
    return [status ? `HTTP ${status}` : '', requestId ? `request ${requestId}` : '']
      .filter(Boolean)
      .join(' · ');
  });
}
