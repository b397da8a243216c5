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
  private readonly obstacles = new Map<string, () => string | null>();
  private draining = false;

  register(name: string, check: () => VitalSign): void {
    this.checks.set(name, check);
  }

  /** Adds a reason not to send work here; `why` answers null while there is none. */
  registerObstacle(name: string, why: () => string | null): void {
    this.obstacles.set(name, why);
  }

  /** The first reason not to send work here; null when there is none. */
  get obstacle(): string | null {
    for (const [name, why] of this.obstacles) {
      const reason = why();
      if (reason !== null) return `${name}: ${reason}`;
    }
    return null;
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
