import { monotonicMs } from '../timers.ts';

/** Up to this age what was said is sent again as it was. From 55 minutes on the server would take it for a wrong clock. */
const MOST_AGE_MS = 5 * 60_000;

/**
 * What an entry says of when it was sent. It goes on with the clock that does not step: whoever set the wall clock
 * meanwhile did not set the times of the events, and `sent_at` is what they are judged by.
 */
export class SendingTime {
  private readonly madeMs = Date.now();
  private readonly madeAt = monotonicMs();
  private saidAt = this.madeAt;

  get date(): Date {
    return new Date(this.madeMs + this.saidAt - this.madeAt);
  }

  /** To be asked before each attempt. @returns whether `date` is another one now */
  renew(): boolean {
    const now = monotonicMs();
    if (now - this.saidAt <= MOST_AGE_MS) return false;
    this.saidAt = now;
    return true;
  }
}
