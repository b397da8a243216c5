import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { SETTINGS } from '../config/settings.module.ts';
import { type Settings } from '../config/settings.ts';
import { CLOCK, type Clock } from '../kernel/clock.ts';
import { connectWhenReachable } from './connect.ts';
import { isMigrated, migrate } from './migrate.ts';

/** Opens the database, once, when the process is asked to start working. */
@Injectable()
export class DatabaseStart {
  private readonly log = new Logger('Database');
  private readonly dataSource: DataSource;
  private readonly settings: Settings;
  private readonly clock: Clock;

  constructor(dataSource: DataSource, @Inject(SETTINGS) settings: Settings, @Inject(CLOCK) clock: Clock) {
    this.dataSource = dataSource;
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * Waits for the database, connects, and migrates it where it is not of this version yet.
   * @throws what waiting cannot cure, e.g. a wrong password or a failing migration; and when `signal` aborts
   */
  async open(signal: AbortSignal): Promise<void> {
    await connectWhenReachable(this.dataSource, { clock: this.clock, log: this.log, signal });
    if (!(await isMigrated(this.dataSource))) await migrate(this.settings.databaseUrl, this.log, signal);
  }
}
