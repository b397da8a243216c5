import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { JobScheduler } from '../database/job-scheduler.ts';
import { CLOCK, type Clock } from '../kernel/clock.ts';

const KEPT_MS = 7 * 24 * 3_600_000;
const EVERY_MS = 3_600_000;

/** Forgets instances that have been silent for a week. */
@Injectable()
export class ConnectionPruner implements OnModuleInit {
  private readonly dataSource: DataSource;
  private readonly scheduler: JobScheduler;
  private readonly clock: Clock;

  constructor(dataSource: DataSource, scheduler: JobScheduler, @Inject(CLOCK) clock: Clock) {
    this.dataSource = dataSource;
    this.scheduler = scheduler;
    this.clock = clock;
  }

  onModuleInit(): void {
    this.scheduler.add({ name: 'prune-connections', everyMs: EVERY_MS, run: () => this.run() });
  }

  async run(): Promise<void> {
    await this.dataSource.query(
      'DELETE FROM project_connections WHERE GREATEST(last_heartbeat_at, last_event_at, created_at) < $1',
      [new Date(this.clock.nowMs() - KEPT_MS)],
    );
  }
}
