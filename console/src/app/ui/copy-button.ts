import { Clipboard } from '@angular/cdk/clipboard';
import { LiveAnnouncer } from '@angular/cdk/a11y';
import { Component, DestroyRef, inject, input, signal } from '@angular/core';
import { LucideCheck, LucideCopy } from '@lucide/angular';

const CONFIRM_MS = 1_600;

/** Copies a text and says so, in sight and for screen readers. */
@Component({
  selector: 'sw-copy-button',
  imports: [LucideCheck, LucideCopy],
  template: `
    <button
      type="button"
      class="btn small"
      [class.quiet]="!caption()"
      [class.icon]="!caption()"
      [attr.aria-label]="label()"
      (click)="copy()"
    >
      @if (copied()) {
        <svg lucideCheck [size]="14"></svg>
      } @else {
        <svg lucideCopy [size]="14"></svg>
      }
      @if (caption()) {
        <span>{{ copied() ? 'Copied' : caption() }}</span>
      }
    </button>
  `,
  styles: `
    :host {
      display: inline-flex;
    }
  `,
})
export class CopyButton {
  readonly text = input.required<string>();
  /** What is copied, for screen readers: "Copy project id". */
  readonly label = input.required<string>();
  /** Visible word beside the icon; none: icon only. */
  readonly caption = input<string | null>(null);

  private readonly clipboard = inject(Clipboard);
  private readonly announcer = inject(LiveAnnouncer);
  protected readonly copied = signal(false);
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor() {
    inject(DestroyRef).onDestroy(() => this.clearTimer());
  }

  protected copy(): void {
    this.copied.set(this.clipboard.copy(this.text()));
    void this.announcer.announce(this.copied() ? 'Copied' : 'Could not copy', 'polite');
    this.clearTimer();
    this.timer = setTimeout(() => this.copied.set(false), CONFIRM_MS);
  }

  private clearTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer);
  }
}
