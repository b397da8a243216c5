import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { SETTINGS } from '../config/settings.module.ts';
import { type Settings } from '../config/settings.ts';
import { OncePer } from '../kernel/once-per.ts';
import { Startup } from '../kernel/startup.ts';
import { ADVISORY_LOCKS } from './advisory-locks.ts';
import { ProcessLocks } from './process-locks.ts';

/** A job that runs every second fails every second while the database is away. */
const LOG_EVERY_MS = 10_000;

/** Work that one process at a time does again and again. */
export interface Job {
  name: string;
  /** From the start of one run to the start of the next; a run that takes longer skips beats. The first is at start. */
  everyMs: number;
  /** Does a bounded piece of work; gives up soon when aborted. What it throws is logged, and it runs again. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * Runs jobs in processes with the scheduler role. Each run takes a PostgreSQL advisory lock, so of many replicas one
 * runs a job and the others skip it.
 */
@Injectable()
export class JobScheduler implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger('Scheduler');
  private readonly jobs: Job[] = [];
  private readonly stop = new AbortController();
  private readonly locks: ProcessLocks;
  private readonly running = new Map<string, Promise<void>>();
  private readonly maySay = new Map<string, OncePer>();
  private readonly startup: Startup;
  private readonly registry: SchedulerRegistry;
  private readonly settings: Settings;

  constructor(
    dataSource: DataSource,
    startup: Startup,
    registry: SchedulerRegistry,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.locks = new ProcessLocks(dataSource, ADVISORY_LOCKS.job);
    this.startup = startup;
    this.registry = registry;
    this.settings = settings;
  }

  /** To be called before the application has started, e.g. in `onModuleInit`. */
  add(job: Job): void {
    this.jobs.push(job);
  }

  onApplicationBootstrap(): void {
    if (!this.settings.roles.includes('scheduler')) return;
    void this.startup.whenReady().then(() => {
      if (!this.stop.signal.aborted) for (const job of this.jobs) this.schedule(job);
    });
  }

  /** Waits for runs that are under way. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stop.abort();
    for (const name of this.registry.getIntervals()) this.registry.deleteInterval(name);
    await Promise.all(this.running.values());
    await this.locks.close();
  }

  private schedule(job: Job): void {
    this.beat(job);
    this.registry.addInterval(
      job.name,
      setInterval(() => this.beat(job), job.everyMs),
    );
  }

  private beat(job: Job): void {
    if (this.running.has(job.name)) return;
    const run = this.runOnce(job)
      .catch((error: unknown) => {
        if (this.stop.signal.aborted || !this.throttleOf(job.name).allows(performance.now())) return;
        this.log.warn({ job: job.name, err: error }, 'A job failed and will run again');
      })
      .finally(() => this.running.delete(job.name));
    this.running.set(job.name, run);
  }

  private throttleOf(name: string): OncePer {
    const throttle = this.maySay.get(name) ?? new OncePer(LOG_EVERY_MS);
    this.maySay.set(name, throttle);
    return throttle;
  }

  private async runOnce(job: Job): Promise<void> {
    if (this.stop.signal.aborted) return;
    if (!(await this.locks.tryTake(job.name))) return;
    try {
      await job.run(this.stop.signal);
    } finally {
      await this.locks.release(job.name);
    }
  }
}
