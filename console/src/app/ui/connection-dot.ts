import { Component, computed, input } from '@angular/core';

import type { ConnectionState } from '../api/model.ts';

export const CONNECTION_WORDS: Readonly<Record<ConnectionState, string>> = {
  connected: 'Connected',
  partial: 'Partly connected',
  late: 'Late',
  disconnected: 'Disconnected',
  never: 'Never connected',
};

/** Live light: shape, colour and word together, so that none of them carries the meaning alone. */
@Component({
  selector: 'sw-connection-dot',
  template: `
    <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" [attr.class]="status()">
      @switch (status()) {
        @case ('connected') {
          <circle class="halo" cx="6" cy="6" r="5" />
          <circle class="fill" cx="6" cy="6" r="5" />
        }
        @case ('partial') {
          <circle class="line" cx="6" cy="6" r="4.2" />
          <path class="fill" d="M6 1.8a4.2 4.2 0 0 0 0 8.4z" />
        }
        @case ('late') {
          <path class="fill" d="M6 1 11.4 10.6H.6z" />
        }
        @case ('disconnected') {
          <circle class="line" cx="6" cy="6" r="4.2" />
        }
        @case ('never') {
          <circle class="line dashed" cx="6" cy="6" r="4.2" />
        }
      }
    </svg>
    <span>{{ word() }}</span>
  `,
  styles: `
    :host {
      display: inline-flex;
      align-items: center;
      gap: 7px;
      white-space: nowrap;
    }
    svg {
      flex: none;
      overflow: visible;
      color: var(--idle);
    }
    .connected,
    .partial {
      color: var(--ok);
    }
    .late {
      color: var(--warning);
    }
    .fill {
      fill: currentColor;
    }
    .halo {
      fill: currentColor;
      opacity: 0.3;
      transform-origin: 6px 6px;
      animation: sw-halo 2.4s ease-out infinite;
    }
    .line {
      fill: none;
      stroke: currentColor;
      stroke-width: 1.8;
    }
    .dashed {
      stroke-dasharray: 2.2 2.2;
    }
    @keyframes sw-halo {
      from {
        transform: scale(0.9);
        opacity: 0.45;
      }
      70%,
      to {
        transform: scale(1.9);
        opacity: 0;
      }
    }
    @media (forced-colors: active) {
      svg {
        color: CanvasText;
      }
    }
  `,
  host: { 'data-testid': 'live-dot', '[attr.data-status]': 'status()' },
})
export class ConnectionDot {
  readonly status = input.required<ConnectionState>();
  protected readonly word = computed(() => CONNECTION_WORDS[this.status()]);
}
