import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { deleteInBatches } from '../../database/delete-in-batches.ts';
import { JobScheduler } from '../../database/job-scheduler.ts';
import { rowsOf } from '../../database/sql-rows.ts';
import { CLOCK, type Clock } from '../../kernel/clock.ts';
import { FORGET_EPOCHS, FORGET_PRODUCERS, KEEP_ALIVE } from './forgetting-sql.ts';
import { StreamStateReader } from './stream-state-reader.ts';

const DAY_MS = 24 * 3_600_000;
const KEPT_MS = 90 * DAY_MS;
const PRODUCERS_AT_ONCE = 1_000;
const HOURLY_MS = 3_600_000;
const SINGLES_EVERY_MS = 10_000;
/** A consumer may still hold an entry that another one stored and removed; it renews its claim every 2 s. */
const SINGLES_KEPT_MS = 2 * 60_000;
/** Later than an entry can be received. */
const AFTER_ALL_MS = 253_370_851_200_000;

/** Bounds the accounts: 90 days of hours, producers and epochs; entries without numbers while they may come again. */
@Injectable()
export class AccountPruning implements OnModuleInit {
  private readonly dataSource: DataSource;
  private readonly reader: StreamStateReader;
  private readonly scheduler: JobScheduler;
  private readonly clock: Clock;

  constructor(
    dataSource: DataSource,
    reader: StreamStateReader,
    scheduler: JobScheduler,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.dataSource = dataSource;
    this.reader = reader;
    this.scheduler = scheduler;
    this.clock = clock;
  }

  onModuleInit(): void {
    const { scheduler } = this;
    scheduler.add({ name: 'prune-accounts', everyMs: HOURLY_MS, run: (signal) => this.pruneOld(signal) });
    scheduler.add({
      name: 'prune-single-entries',
      everyMs: SINGLES_EVERY_MS,
      run: (signal) => this.pruneSingles(signal),
    });
  }

  /** Forgets what is older than 90 days, and changes no sum by it. */
  async pruneOld(signal: AbortSignal): Promise<void> {
    const before = new Date(this.clock.nowMs() - KEPT_MS);
    const hours = { table: 'event_accounts', condition: 'hour < $1', parameters: [before] };
    await deleteInBatches(this.dataSource, hours, signal);
    await this.dataSource.query(KEEP_ALIVE);
    await this.forgetProducers(before, signal);
    await this.dataSource.query(FORGET_EPOCHS, [before]);
  }

  private async forgetProducers(before: Date, signal: AbortSignal): Promise<void> {
    let forgotten = PRODUCERS_AT_ONCE;
    while (forgotten === PRODUCERS_AT_ONCE && !signal.aborted) {
      const answer: unknown = await this.dataSource.query(FORGET_PRODUCERS, [before, PRODUCERS_AT_ONCE]);
      forgotten = Number(rowsOf(answer)[0]?.['count'] ?? 0);
    }
  }

  /** Forgets entries without numbers that the stream no longer has: they cannot come again. */
  async pruneSingles(signal: AbortSignal): Promise<void> {
    if (!this.reader.isConnected) return;
    const { firstMs } = await this.reader.read();
    const received = new Date(firstMs ?? AFTER_ALL_MS);
    const recorded = new Date(this.clock.nowMs() - SINGLES_KEPT_MS);
    const rows = {
      table: 'single_entries',
      condition: 'received_at < $1 AND recorded_at < $2',
      parameters: [received, recorded],
    };
    await deleteInBatches(this.dataSource, rows, signal);
  }
}
