import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { momentOf } from '../http/time-text.ts';
import { CLOCK, type Clock } from '../kernel/clock.ts';
import { type HeartbeatBody } from './heartbeat-dto.ts';
import { reportedCounters } from './reported-counters.ts';

/** The instance of a sender that does not name one. */
export const DEFAULT_INSTANCE = 'default';

/**
 * An absent field leaves what is stored. A beat that was overtaken by a later one of the same process changes nothing,
 * so that it cannot take a goodbye back.
 */
const UPSERT = `
  INSERT INTO project_connections AS known (
    project_id, instance_id, last_heartbeat_at, stopped_at, environment, app_version, sdk_version, host, started_at,
    interval_seconds, beat_no, counters, config_version, created_at, updated_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $3, $3)
  ON CONFLICT (project_id, instance_id) DO UPDATE SET
    last_heartbeat_at = GREATEST(known.last_heartbeat_at, excluded.last_heartbeat_at),
    stopped_at = excluded.stopped_at,
    environment = COALESCE(excluded.environment, known.environment),
    app_version = COALESCE(excluded.app_version, known.app_version),
    sdk_version = COALESCE(excluded.sdk_version, known.sdk_version),
    host = COALESCE(excluded.host, known.host),
    started_at = COALESCE(excluded.started_at, known.started_at),
    interval_seconds = COALESCE(excluded.interval_seconds, known.interval_seconds),
    beat_no = COALESCE(excluded.beat_no, known.beat_no),
    counters = COALESCE(excluded.counters, known.counters),
    config_version = COALESCE(excluded.config_version, known.config_version),
    updated_at = excluded.updated_at
  WHERE NOT COALESCE(excluded.beat_no < known.beat_no AND excluded.started_at = known.started_at, false)`;

/** Writes down what instances say about themselves. */
@Injectable()
export class HeartbeatStore {
  private readonly dataSource: DataSource;
  private readonly clock: Clock;

  constructor(dataSource: DataSource, @Inject(CLOCK) clock: Clock) {
    this.dataSource = dataSource;
    this.clock = clock;
  }

  async record(projectId: string, beat: HeartbeatBody): Promise<void> {
    const now = this.clock.now();
    const counters = reportedCounters(beat.counters);
    await this.dataSource.query(UPSERT, [
      projectId,
      beat.instance_id ?? DEFAULT_INSTANCE,
      now,
      beat.status === 'disconnected' ? now : null,
      beat.environment ?? null,
      beat.version ?? null,
      beat.sdk_version ?? null,
      beat.host ?? null,
      beat.started_at ? momentOf(beat.started_at) : null,
      beat.interval_seconds ?? null,
      beat.beat_no ?? null,
      counters === null ? null : JSON.stringify(counters),
      beat.config_version ?? counters?.config_version ?? null,
    ]);
  }
}
