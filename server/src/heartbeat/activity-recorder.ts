import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CLOCK, type Clock } from '../kernel/clock.ts';
import { OncePer } from '../kernel/once-per.ts';
import { DEFAULT_INSTANCE } from './heartbeat-store.ts';

const WRITE_EVERY_MS = 5_000;
const MAX_REMEMBERED_INSTANCES = 20_000;

const UPSERT = `
  INSERT INTO project_connections AS known (project_id, instance_id, last_event_at, created_at, updated_at)
  VALUES ($1, $2, $3, $4, $4)
  ON CONFLICT (project_id, instance_id) DO UPDATE SET
    last_event_at = GREATEST(known.last_event_at, excluded.last_event_at),
    updated_at = excluded.updated_at`;

/** Stored events are signs of life too, of instances whose heartbeats do not arrive. */
@Injectable()
export class ActivityRecorder {
  private readonly log = new Logger('Heartbeat');
  private readonly dataSource: DataSource;
  private readonly clock: Clock;
  private readonly written = new Map<string, OncePer>();

  constructor(dataSource: DataSource, @Inject(CLOCK) clock: Clock) {
    this.dataSource = dataSource;
    this.clock = clock;
  }

  /**
   * Notes that an instance's events were stored; written at most every 5 s per instance. Never rejects: a failed write
   * is logged, the next one says the same.
   * @param instanceId null for a sender that does not name one
   * @param at Redis' time of the newest entry
   */
  async recordActivity(projectId: string, instanceId: string | null, at: Date): Promise<void> {
    const instance = instanceId ?? DEFAULT_INSTANCE;
    if (!this.throttleOf(`${projectId} ${instance}`).allows(this.clock.nowMs())) return;
    try {
      await this.dataSource.query(UPSERT, [projectId, instance, at, this.clock.now()]);
    } catch (error) {
      this.log.warn({ err: error, projectId }, 'A sign of life was not recorded');
    }
  }

  private throttleOf(key: string): OncePer {
    if (this.written.size >= MAX_REMEMBERED_INSTANCES) this.written.clear();
    const throttle = this.written.get(key) ?? new OncePer(WRITE_EVERY_MS);
    this.written.set(key, throttle);
    return throttle;
  }
}
