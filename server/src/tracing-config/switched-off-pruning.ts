import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { deleteInBatches } from '../database/delete-in-batches.ts';
import { JobScheduler } from '../database/job-scheduler.ts';
import { CLOCK, type Clock } from '../kernel/clock.ts';
import { MEMORY_MS } from './switch-enforcement.ts';

const EVERY_MS = 60_000;
/** While off, each entry decides for itself: only the newest can still be running when tracing is on again. */
const MAX_PER_PROJECT = 200_000;

const PROJECTS = 'SELECT DISTINCT project_id AS id FROM switched_off_traces';

const NEWEST_TO_FORGET = `
  SELECT remembered_at AS at FROM switched_off_traces WHERE project_id = $1
  ORDER BY remembered_at DESC OFFSET $2 LIMIT 1`;

/** Keeps the memory of traces that began while off small: 24 h, and at most 200,000 traces of a project. */
@Injectable()
export class SwitchedOffPruning implements OnModuleInit {
  private readonly dataSource: DataSource;
  private readonly scheduler: Pick<JobScheduler, 'add'>;
  private readonly clock: Clock;

  constructor(
    dataSource: DataSource,
    @Inject(JobScheduler) scheduler: Pick<JobScheduler, 'add'>,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.dataSource = dataSource;
    this.scheduler = scheduler;
    this.clock = clock;
  }

  onModuleInit(): void {
    this.scheduler.add({ name: 'forget-switched-off', everyMs: EVERY_MS, run: (signal) => this.run(signal) });
  }

  /** @param maxPerProject traces kept of one project at most, give or take those remembered in the same moment */
  async run(signal: AbortSignal, maxPerProject: number = MAX_PER_PROJECT): Promise<void> {
    const projects = await this.dataSource.query<{ id: string }[]>(PROJECTS);
    for (const { id } of projects) {
      await this.forgetBefore(id, new Date(this.clock.nowMs() - MEMORY_MS), signal);
      const beyond = await this.dataSource.query<{ at: Date }[]>(NEWEST_TO_FORGET, [id, maxPerProject]);
      if (beyond[0] !== undefined) await this.forgetBefore(id, new Date(beyond[0].at.getTime() + 1), signal);
    }
  }

  private async forgetBefore(projectId: string, before: Date, signal: AbortSignal): Promise<void> {
    const rows = {
      table: 'switched_off_traces',
      condition: 'project_id = $1 AND remembered_at < $2',
      parameters: [projectId, before],
    };
    await deleteInBatches(this.dataSource, rows, signal);
  }
}
