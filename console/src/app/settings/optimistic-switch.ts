import { computed, signal } from '@angular/core';
import { firstValueFrom, type Observable } from 'rxjs';

/**
 * A switch that moves at once and is saved behind it. Clicks while a save is under way are not lost: the last one wins,
 * and saves never overlap. A failed save moves the switch back and keeps what was wanted, for a retry.
 */
export class OptimisticSwitch<A> {
  private readonly desired = signal<boolean | null>(null);
  private readonly saved = signal<boolean | null>(null);
  private readonly saving = signal(false);
  private readonly failure = signal<{ wanted: boolean; error: unknown } | null>(null);
  private readonly lastAnswer = signal<A | null>(null);

  /** What the switch shows; null until the first `accept`. */
  readonly shown = computed(() => this.desired() ?? this.saved());
  readonly busy = this.saving.asReadonly();
  /** The change that failed, until the next one. */
  readonly failed = this.failure.asReadonly();
  /** The answer to the last change that was saved. */
  readonly answer = this.lastAnswer.asReadonly();

  constructor(private readonly save: (value: boolean) => Observable<A>) {}

  /** Takes what the server says, unless a change is on its way. */
  accept(value: boolean): void {
    if (!this.saving()) this.saved.set(value);
  }

  /** Forgets everything: something else is being switched. */
  reset(): void {
    this.desired.set(null);
    this.saved.set(null);
    this.failure.set(null);
    this.lastAnswer.set(null);
  }

  toggle(): Promise<void> {
    return this.set(!this.shown());
  }

  retry(): Promise<void> {
    const failure = this.failure();
    return failure ? this.set(failure.wanted) : Promise.resolve();
  }

  private async set(value: boolean): Promise<void> {
    this.desired.set(value);
    this.failure.set(null);
    if (this.saving()) return;
    this.saving.set(true);
    try {
      await this.saveUntilSettled();
    } finally {
      this.saving.set(false);
      this.desired.set(null);
    }
  }

  private async saveUntilSettled(): Promise<void> {
    for (let wanted = this.desired(); wanted !== null && wanted !== this.saved(); wanted = this.desired()) {
      try {
        this.lastAnswer.set(await firstValueFrom(this.save(wanted)));
        this.saved.set(wanted);
      } catch (error) {
        // A newer click back to what is saved makes the failure meaningless.
        if (this.desired() !== this.saved()) this.failure.set({ wanted: this.desired() ?? wanted, error });
        return;
      }
    }
  }
}
