import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource, MoreThan } from 'typeorm';
import { JobScheduler } from '../database/job-scheduler.ts';
import { NIL_UUID } from '../kernel/uuid.ts';
import { Project } from '../projects/index.ts';
import { TracingPublisher } from './tracing-publisher.ts';

const EVERY_MS = 30_000;
/** Projects whose keys are written at the same time. */
const BATCH = 200;

/** Writes every project's switch to Redis again: at start and every 30 s, whatever Redis has lost in between. */
@Injectable()
export class TracingReassertion implements OnModuleInit {
  private readonly dataSource: DataSource;
  private readonly scheduler: JobScheduler;
  private readonly publisher: TracingPublisher;

  constructor(dataSource: DataSource, scheduler: JobScheduler, publisher: TracingPublisher) {
    this.dataSource = dataSource;
    this.scheduler = scheduler;
    this.publisher = publisher;
  }

  onModuleInit(): void {
    this.scheduler.add({ name: 'reassert-tracing', everyMs: EVERY_MS, run: (signal) => this.run(signal) });
  }

  /** Deleted projects too: theirs is off, and processes of theirs may still run. */
  async run(signal: AbortSignal): Promise<void> {
    let after = NIL_UUID;
    while (!signal.aborted) {
      const projects = await this.dataSource.getRepository(Project).find({
        select: { id: true, tracingEnabled: true, tracingVersion: true },
        where: { id: MoreThan(after) },
        order: { id: 'ASC' },
        take: BATCH,
      });
      await Promise.all(
        projects.map(({ id, tracingEnabled, tracingVersion }) =>
          this.publisher.write({ projectId: id, version: Number(tracingVersion), enabled: tracingEnabled }),
        ),
      );
      const last = projects.at(-1);
      if (last === undefined || projects.length < BATCH) return;
      after = last.id;
    }
  }
}
