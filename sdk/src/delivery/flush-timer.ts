import { cancel, later, monotonicMs, type Timer } from '../timers.ts';

/** After its first event an entry is closed, however little is in it. */
const FLUSH_MS = 50;

/** Says when events have waited long enough for others to fill an entry. Positions count the events that left the buffer. */
export class FlushTimer {
  private readonly onDue: () => void;
  private timer: Timer | undefined;
  private startedAt = 0;
  /** Events before this position were there when it began. */
  private covered = 0;

  constructor(onDue: () => void) {
    this.onDue = onDue;
  }

  /** When it began, by the monotonic clock: about when the first event that waits came. Now, where none waits. */
  get since(): number {
    return this.timer === undefined ? monotonicMs() : this.startedAt;
  }

  /** Begins, unless it runs. @param recorded position after the last event that waits */
  start(recorded: number): void {
    if (this.timer !== undefined) return;
    this.startedAt = monotonicMs();
    this.covered = recorded;
    this.timer = later(() => {
      this.timer = undefined;
      this.onDue();
    }, FLUSH_MS);
  }

  /** Events left: when all it began for have, it is done, and begins anew for those that came later. */
  left(position: number, recorded: number): void {
    if (position >= this.covered) this.stop();
    if (position < recorded) this.start(recorded);
  }

  stop(): void {
    cancel(this.timer);
    this.timer = undefined;
  }
}
