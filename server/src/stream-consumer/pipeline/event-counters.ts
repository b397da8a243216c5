import { Counter, Gauge, type Registry } from 'prom-client';
import type { EventAccountAnswer } from './observability-dto.ts';

/** Projects with a label of their own; the rest is `other`, so that the number of series stays bounded. */
export const MAX_PROJECT_LABELS = 200;
const OTHER = 'other';
const PREFIX = 'swisper_studio_events';

/** The event account as Prometheus wants it, from the sums in the database: the same whichever process is asked. */
export class EventCounters {
  private readonly registry: Registry;
  private readonly received: Counter;
  private readonly stored: Counter;
  private readonly duplicate: Counter;
  private readonly unverified: Counter;
  private readonly rejected: Counter;
  private readonly switchedOff: Counter;
  private readonly missing: Gauge;

  constructor(registry: Registry) {
    this.registry = registry;
    this.received = this.counter('received_total', 'Events read from the stream');
    this.stored = this.counter('stored_total', 'Events stored');
    this.duplicate = this.counter('duplicate_total', 'Events that had been counted before');
    this.unverified = this.counter('unverified_total', 'Events received without a signature');
    this.rejected = this.counter('rejected_total', 'Events refused', ['project', 'reason']);
    this.switchedOff = this.counter(
      'switched_off_total',
      'Events of traces that began while tracing was off',
      ['project', 'reason'],
    );
    this.missing = new Gauge({
      name: `${PREFIX}_missing`,
      help: 'Numbered events that did not arrive',
      labelNames: ['project'],
      registers: [registry],
    });
  }

  /** @param accounts in an order that does not change, so that a project keeps its label */
  show(accounts: readonly EventAccountAnswer[]): void {
    for (const metric of [this.received, this.stored, this.duplicate, this.unverified]) metric.reset();
    for (const metric of [this.rejected, this.switchedOff, this.missing]) metric.reset();
    accounts.forEach((account, index) => {
      const project = index < MAX_PROJECT_LABELS ? account.project_id : OTHER;
      this.received.inc({ project }, account.received);
      this.stored.inc({ project }, account.stored);
      this.duplicate.inc({ project }, account.duplicate);
      this.unverified.inc({ project }, account.unverified);
      this.missing.inc({ project }, account.missing);
      for (const [reason, count] of Object.entries(account.rejected))
        this.rejected.inc({ project, reason }, count);
      for (const [reason, count] of Object.entries(account.switched_off))
        this.switchedOff.inc({ project, reason }, count);
    });
  }

  private counter(name: string, help: string, labelNames: string[] = ['project']): Counter {
    return new Counter({ name: `${PREFIX}_${name}`, help, labelNames, registers: [this.registry] });
  }
}
