/** Whether something that may happen thousands of times should be said now: at most once per `intervalMs`. */
export class OncePer {
  private lastMs = Number.NEGATIVE_INFINITY;
  private readonly intervalMs: number;

  constructor(intervalMs: number) {
    this.intervalMs = intervalMs;
  }

  allows(nowMs: number): boolean {
    if (nowMs - this.lastMs < this.intervalMs) return false;
    this.lastMs = nowMs;
    return true;
  }
}
