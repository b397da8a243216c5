/** One part's answer to "are you alive?". */
export interface VitalSign {
  up: boolean;
  /** Shown by /health; no secrets. */
  detail?: Record<string, string | number | boolean | null>;
}

/**
 * What this process says about itself: whether it is on its way out, and a check per part that can get stuck (the
 * consumer's loop registers one). Checks must answer from memory: liveness never asks a dependency.
 */
export class VitalSigns {
  private readonly checks = new Map<string, () => VitalSign>();
  private draining = false;

  register(name: string, check: () => VitalSign): void {
    this.checks.set(name, check);
  }

  /** Every registered part's answer, by name. */
  read(): Map<string, VitalSign> {
    return new Map([...this.checks].map(([name, check]) => [name, check()]));
  }

  /** From now on /health/ready says 503, so that no new work is sent here. */
  startDraining(): void {
    this.draining = true;
  }

  get isDraining(): boolean {
    return this.draining;
  }
}
