import { cancel, holdingLater, monotonicMs } from '../timers.ts';

/** A flush waits for what was recorded before it, not for what keeps coming. */
interface Waiter {
  until: number;
  /** By the monotonic clock. */
  deadline: number;
  settle: (isReached: boolean) => void;
}

/** Who waits until all events up to a position are taken or given up. Positions count the events that left the buffer. */
export class FlushWaiters {
  private readonly waiting = new Set<Waiter>();

  get isEmpty(): boolean {
    return this.waiting.size === 0;
  }

  /** Keeps the process alive until then. @returns whether it was reached within the time */
  wait(until: number, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (isReached: boolean): void => {
        cancel(timer);
        this.waiting.delete(waiter);
        resolve(isReached);
      };
      // Not unref'd: the one thing that holds the process.
      const timer = holdingLater(() => settle(false), timeoutMs);
      const waiter = { until, deadline: monotonicMs() + timeoutMs, settle };
      this.waiting.add(waiter);
    });
  }

  reached(position: number): void {
    for (const { until, settle } of [...this.waiting]) if (until <= position) settle(true);
  }

  /** Lets those go who would wait in vain: nothing is sent before that time. */
  letGo(time: number): void {
    for (const { deadline, settle } of [...this.waiting]) if (deadline < time) settle(false);
  }
}
