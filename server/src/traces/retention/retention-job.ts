import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { JobScheduler } from '../../database/job-scheduler.ts';
import { CLOCK, type Clock } from '../../kernel/clock.ts';
import { TraceRetention } from './trace-retention.ts';

const EVERY_MS = 10 * 60_000;

/** Has one replica delete, every ten minutes, what projects keep no longer. */
@Injectable()
export class RetentionJob implements OnModuleInit {
  private readonly log = new Logger('Retention');
  private readonly retention: TraceRetention;
  private readonly scheduler: JobScheduler;

  constructor(dataSource: DataSource, scheduler: JobScheduler, @Inject(CLOCK) clock: Clock) {
    this.retention = new TraceRetention(dataSource, clock);
    this.scheduler = scheduler;
  }

  onModuleInit(): void {
    this.scheduler.add({ name: 'retention', everyMs: EVERY_MS, run: (signal) => this.run(signal) });
  }

  private async run(signal: AbortSignal): Promise<void> {
    const traces = await this.retention.run(signal);
    if (traces > 0) this.log.log({ traces }, 'Deleted traces that are kept no longer');
  }
}
