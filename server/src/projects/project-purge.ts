import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DataSource, LessThan, type Repository } from 'typeorm';
import { deleteInBatches } from '../database/delete-in-batches.ts';
import { JobScheduler } from '../database/job-scheduler.ts';
import { CLOCK, type Clock } from '../kernel/clock.ts';
import { Project } from './project.entity.ts';

/** After this long every replica has noticed the deletion and stores nothing more. */
const GRACE_MS = 60_000;
const EVERY_MS = 30_000;
/** Tables of observed data, largest first. The project's own row goes last and takes keys and history along. */
const OBSERVED_TABLES = [
  'observation_payloads',
  'observations',
  'traces',
  'trace_rollup_marks',
  'project_hours',
  'dead_letters',
  'dead_letter_tallies',
  'project_connections',
  'declared_graphs',
  'switched_off_traces',
  'single_entries',
  'producer_progress',
  'event_accounts',
  'event_totals',
] as const;

/** Removes what deleted projects left behind, in bounded pieces. */
@Injectable()
export class ProjectPurge implements OnModuleInit {
  private readonly log = new Logger('ProjectPurge');
  private readonly dataSource: DataSource;
  private readonly projects: Repository<Project>;
  private readonly scheduler: JobScheduler;
  private readonly clock: Clock;

  constructor(dataSource: DataSource, scheduler: JobScheduler, @Inject(CLOCK) clock: Clock) {
    this.dataSource = dataSource;
    this.projects = dataSource.getRepository(Project);
    this.scheduler = scheduler;
    this.clock = clock;
  }

  onModuleInit(): void {
    this.scheduler.add({ name: 'purge-projects', everyMs: EVERY_MS, run: (signal) => this.run(signal) });
  }

  /** Purges every project deleted more than a minute ago; what an abort leaves over is the next run's. */
  async run(signal: AbortSignal): Promise<void> {
    const deletedAt = LessThan(new Date(this.clock.nowMs() - GRACE_MS));
    for (const project of await this.projects.find({ where: { deletedAt }, select: { id: true } })) {
      const rows = { condition: 'project_id = $1', parameters: [project.id] };
      for (const table of OBSERVED_TABLES) await deleteInBatches(this.dataSource, { table, ...rows }, signal);
      if (signal.aborted) return;
      await this.projects.delete({ id: project.id });
      this.log.log({ projectId: project.id }, 'Purged a deleted project');
    }
  }
}
