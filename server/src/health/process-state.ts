import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { LATEST_MIGRATION } from '../database/migrate.ts';
import { Startup } from '../kernel/startup.ts';
import { VitalSigns } from '../kernel/vital-signs.ts';

/** What readiness asks of the process and its database. The messages are shown by /health/ready. */
@Injectable()
export class ProcessState {
  readonly vitalSigns: VitalSigns;
  private readonly startup: Startup;
  private readonly dataSource: DataSource;

  constructor(vitalSigns: VitalSigns, startup: Startup, dataSource: DataSource) {
    this.vitalSigns = vitalSigns;
    this.startup = startup;
    this.dataSource = dataSource;
  }

  /** @throws Error while the process is starting or stopping, or a part of it cannot work */
  requireWorking(): void {
    if (this.vitalSigns.isDraining) throw new Error('stopping');
    if (!this.startup.isReady) throw new Error('starting');
    if (this.vitalSigns.obstacle !== null) throw new Error(this.vitalSigns.obstacle);
  }

  /** @throws Error when the database does not answer or is older than this version */
  async requireDatabase(): Promise<void> {
    if (!this.dataSource.isInitialized) throw new Error('not connected');
    const rows: unknown[] = await this.dataSource.query('SELECT 1 FROM migrations WHERE name = $1', [
      LATEST_MIGRATION,
    ]);
    if (rows.length === 0) throw new Error('migrations are missing');
  }
}
