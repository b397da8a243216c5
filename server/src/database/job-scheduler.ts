import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { DataSource, type QueryRunner } from 'typeorm';
import { SETTINGS } from '../config/settings.module.ts';
import { type Settings } from '../config/settings.ts';
import { OncePer } from '../kernel/once-per.ts';
import { ConcurrencyLimit } from '../kernel/concurrency-limit.ts';
import { Startup } from '../kernel/startup.ts';

/** First half of the advisory lock keys of jobs; the second is the hash of the job's name. */
const JOB_LOCKS = 7_284_002;
/** A job that runs every second fails every second while the database is away. */
const LOG_EVERY_MS = 10_000;

/** Each holds a connection for its lock and needs others for its work: the pool must never be all locks. */
const JOBS_AT_ONCE = 3;

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
 * runs a job and the others skip it. A process runs a few of them at a time.
 */
@Injectable()
export class JobScheduler implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger('Scheduler');
  private readonly jobs: Job[] = [];
  private readonly stop = new AbortController();
  private readonly slots = new ConcurrencyLimit(JOBS_AT_ONCE, Number.POSITIVE_INFINITY);
  private readonly running = new Map<string, Promise<void>>();
  private readonly maySay = new Map<string, OncePer>();
  private readonly dataSource: DataSource;
  private readonly startup: Startup;
  private readonly registry: SchedulerRegistry;
  private readonly settings: Settings;

  constructor(
    dataSource: DataSource,
    startup: Startup,
    registry: SchedulerRegistry,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.dataSource = dataSource;
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
    const run = this.slots
      .run(() => this.runOnce(job))
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
    const lockRunner = this.dataSource.createQueryRunner();
    try {
      if (!(await takeLock(lockRunner, job.name))) return;
      try {
        await job.run(this.stop.signal);
      } finally {
        await lockRunner.query('SELECT pg_advisory_unlock($1, hashtext($2))', [JOB_LOCKS, job.name]);
      }
    } finally {
      await lockRunner.release();
    }
  }
}

async function takeLock(lockRunner: QueryRunner, name: string): Promise<boolean> {
  const rows: unknown = await lockRunner.query('SELECT pg_try_advisory_lock($1, hashtext($2)) AS taken', [
    JOB_LOCKS,
    name,
  ]);
  return Array.isArray(rows) && rows.some((row: { taken?: unknown }) => row.taken === true);
}
