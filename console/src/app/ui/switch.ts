import { Component, input, output } from '@angular/core';

/**
 * A switch that shows what it is told and reports clicks. It keeps no state of its own, so an optimistic change that
 * fails is rolled back by its owner alone, and focus never moves.
 */
@Component({
  selector: 'sw-switch',
  template: `
    <button
      type="button"
      role="switch"
      [attr.id]="controlId()"
      [attr.data-testid]="testId()"
      [attr.aria-checked]="checked()"
      [attr.aria-busy]="busy()"
      [attr.aria-label]="label()"
      [attr.aria-describedby]="describedBy()"
      [disabled]="disabled()"
      (click)="toggled.emit()"
    >
      <span class="thumb"></span>
    </button>
  `,
  styles: `
    button {
      position: relative;
      display: block;
      width: 40px;
      height: 24px;
      padding: 0;
      border: 1px solid var(--border-strong);
      border-radius: 12px;
      background: var(--surface-2);
      cursor: pointer;
      transition:
        background-color 140ms,
        border-color 140ms;
    }
    button[aria-checked='true'] {
      background: var(--ok);
      border-color: transparent;
    }
    button:disabled {
      opacity: 0.5;
      cursor: default;
    }
    button:focus-visible {
      outline-offset: 2px;
    }
    .thumb {
      position: absolute;
      top: 3px;
      left: 3px;
      width: 16px;
      height: 16px;
      border-radius: 50%;
      background: var(--muted);
      transition:
        transform 140ms,
        background-color 140ms;
    }
    button[aria-checked='true'] .thumb {
      transform: translateX(16px);
      background: light-dark(#fff, #0f1419);
    }
    @media (forced-colors: active) {
      .thumb {
        background: ButtonText;
      }
      button[aria-checked='true'] {
        border: 2px solid Highlight;
      }
    }
  `,
})
export class Switch {
  readonly checked = input.required<boolean>();
  readonly label = input.required<string>();
  readonly busy = input(false);
  readonly disabled = input(false);
  readonly controlId = input<string | null>(null);
  readonly testId = input<string | null>(null);
  readonly describedBy = input<string | null>(null);
  readonly toggled = output();
}
