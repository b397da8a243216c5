import type { Clock } from '../../kernel/clock.ts';
import { OncePer } from '../../kernel/once-per.ts';
import type { ConsumerLog } from '../consumer-log.ts';
import type { KeptLetters } from '../refused/dead-letter-store.ts';

const LOG_EVERY_MS = 60_000;

/** Tells of refused events: the first at once, then once a minute, so that a flood of them is none of log lines. */
export class RefusalLog {
  private readonly maySay = new OncePer(LOG_EVERY_MS);
  private readonly log: ConsumerLog;
  private readonly clock: Clock;
  private reasons = new Set<string>();
  private kept = 0;
  private notKept = 0;

  constructor(log: ConsumerLog, clock: Clock) {
    this.log = log;
    this.clock = clock;
  }

  /** @param reasons one for each refused event of a batch that is committed */
  add(reasons: readonly string[], { kept, notKept }: KeptLetters): void {
    if (reasons.length === 0) return;
    for (const reason of reasons) this.reasons.add(reason);
    this.kept += kept;
    this.notKept += notKept;
    if (!this.maySay.allows(this.clock.nowMs())) return;
    this.log.warn(
      { kept: this.kept, notKept: this.notKept, reasons: [...this.reasons] },
      'Events were refused; the kept ones are dead letters',
    );
    this.reasons = new Set();
    this.kept = 0;
    this.notKept = 0;
  }
}
