import { Component, computed, input } from '@angular/core';
import {
  LucideCircleCheck,
  LucideCircleDashed,
  LucideCirclePause,
  LucideLoaderCircle,
  LucideOctagonX,
} from '@lucide/angular';

import type { RunStatus } from '../api/model.ts';

export const RUN_STATUS_WORDS: Readonly<Record<RunStatus, string>> = {
  running: 'Running',
  ok: 'OK',
  error: 'Error',
  interrupted: 'Interrupted',
  incomplete: 'Incomplete',
};

/** Status of a trace or observation: icon of its own shape, colour, and the word (visible, or for screen readers only). */
@Component({
  selector: 'sw-run-status',
  imports: [LucideCircleCheck, LucideCircleDashed, LucideCirclePause, LucideLoaderCircle, LucideOctagonX],
  template: `
    @switch (status()) {
      @case ('running') {
        <svg lucideLoaderCircle class="running" [size]="size()"></svg>
      }
      @case ('ok') {
        <svg lucideCircleCheck class="ok" [size]="size()"></svg>
      }
      @case ('error') {
        <svg lucideOctagonX class="error" [size]="size()"></svg>
      }
      @case ('interrupted') {
        <svg lucideCirclePause class="interrupted" [size]="size()"></svg>
      }
      @case ('incomplete') {
        <svg lucideCircleDashed class="incomplete" [size]="size()"></svg>
      }
    }
    <span [class.visually-hidden]="!withWord()">{{ word() }}</span>
  `,
  styles: `
    :host {
      display: inline-flex;
      align-items: center;
      gap: 6px;
      white-space: nowrap;
    }
    svg {
      flex: none;
    }
    .running {
      color: var(--info);
      animation: sw-spin 1.1s linear infinite;
    }
    .ok {
      color: var(--ok);
    }
    .error {
      color: var(--error);
    }
    .interrupted {
      color: var(--warning);
    }
    .incomplete {
      color: var(--idle);
    }
    @keyframes sw-spin {
      to {
        transform: rotate(360deg);
      }
    }
  `,
})
export class RunStatusMark {
  readonly status = input.required<RunStatus>();
  readonly withWord = input(true);
  readonly size = input(15);
  protected readonly word = computed(() => RUN_STATUS_WORDS[this.status()]);
}
