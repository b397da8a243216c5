import { Logger } from '@nestjs/common';
import { Counter, type Registry } from 'prom-client';
import type { Clock } from '../../kernel/clock.ts';
import { OncePer } from '../../kernel/once-per.ts';
import type { HeartbeatRefusal } from './heartbeat-intake.ts';

const LOG_EVERY_MS = 60_000;
const MAX_DETAIL_CHARS = 200;

/** Heartbeats of the stream that were not believed: each counted, one a minute told in the log. */
export class HeartbeatRefusals {
  private readonly log = new Logger('Heartbeat');
  private readonly maySay = new OncePer(LOG_EVERY_MS);
  private readonly clock: Clock;
  private readonly counter: Counter;
  private untold = 0;

  constructor(clock: Clock, registry: Registry) {
    this.clock = clock;
    this.counter = new Counter({
      name: 'swisper_studio_heartbeats_refused_total',
      help: 'Heartbeats of the stream this process did not believe',
      labelNames: ['reason'],
      registers: [registry],
    });
  }

  add(reason: HeartbeatRefusal, detail: string): void {
    this.counter.inc({ reason });
    this.untold += 1;
    if (!this.maySay.allows(this.clock.nowMs())) return;
    const refused = this.untold;
    this.untold = 0;
    this.log.warn(
      { reason, detail: detail.slice(0, MAX_DETAIL_CHARS), refused },
      'Heartbeats of the stream were refused',
    );
  }
}
