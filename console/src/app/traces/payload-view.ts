import { Component, computed, inject, input, linkedSignal, signal } from '@angular/core';

import { payloadUrl } from '../api/traces-api.ts';
import { formatBytes } from '../ui/duration.ts';
import { CopyButton } from '../ui/copy-button.ts';
import { LoadError } from '../ui/load-error.ts';
import { VisibleTextPipe } from '../ui/visible-text-pipe.ts';
import { JsonView } from './json-view.ts';
import { loaded } from './loaded.ts';
import { PayloadStore, type PayloadRef } from './payload-store.ts';

/** One payload: formatted or as stored; large ones begin with a part and offer the rest. */
@Component({
  selector: 'sw-payload-view',
  imports: [CopyButton, JsonView, LoadError, VisibleTextPipe],
  template: `
    <div class="tools">
      <span class="muted num">{{ size() }}</span>
      <span class="spacer"></span>
      @if (payload().value; as value) {
        @if (value.parsed) {
          <button
            type="button"
            class="btn quiet small"
            [attr.aria-pressed]="isRaw()"
            (click)="isRaw.set(!isRaw())"
          >
            {{ isRaw() ? 'Formatted' : 'Raw' }}
          </button>
        }
        <sw-copy-button [text]="value.text" label="Copy payload" caption="Copy" />
      }
      <a class="btn quiet small" [href]="url()" target="_blank" rel="noopener">Open</a>
    </div>
    @if (payload().value; as value) {
      @if (value.isBeginning) {
        <div class="notice warning">
          <span>Only the beginning is shown. </span>
          <button type="button" class="btn small" (click)="wanted.set('whole')">Show all {{ size() }}</button>
        </div>
      }
      @if (value.parsed && !isRaw()) {
        <sw-json-view [value]="value.parsed.value" />
      } @else {
        <pre>{{ value.text | visible }}</pre>
      }
    } @else if (payload().error) {
      <sw-load-error title="This payload could not be loaded" [error]="payload().error" (retry)="retry()" />
    } @else {
      <div class="bones" aria-busy="true" aria-label="Loading payload">
        <span class="skeleton"></span><span class="skeleton"></span><span class="skeleton"></span>
      </div>
    }
  `,
  styles: `
    .tools {
      display: flex;
      align-items: center;
      gap: 4px;
      min-height: 34px;
      font-size: 12.5px;
    }
    .spacer {
      flex: 1;
    }
    pre {
      margin: 4px 0 0;
      white-space: pre-wrap;
      overflow-wrap: anywhere;
      line-height: 18px;
    }
    .bones {
      display: grid;
      gap: 8px;
      animation: sw-appear 1ms linear 150ms both;
    }
    .bones .skeleton {
      height: 14px;
    }
    @keyframes sw-appear {
      from {
        visibility: hidden;
      }
      to {
        visibility: visible;
      }
    }
  `,
})
export class PayloadView {
  readonly ref = input.required<PayloadRef>();

  private readonly store = inject(PayloadStore);
  private readonly attempt = signal(0);
  protected readonly isRaw = signal(false);
  protected readonly wanted = linkedSignal<string, 'whole' | 'reasonable'>({
    source: () => `${this.ref().observationId} ${this.ref().kind}`,
    computation: () => 'reasonable',
  });
  protected readonly size = computed(() => formatBytes(this.ref().bytes));
  protected readonly url = computed(() => payloadUrl(this.ref()));
  protected readonly payload = loaded(
    computed(() => ({ ref: this.ref(), wanted: this.wanted(), attempt: this.attempt() })),
    ({ ref, wanted }) => this.store.load(ref, wanted),
  );

  protected retry(): void {
    this.attempt.update((attempt) => attempt + 1);
  }
}
