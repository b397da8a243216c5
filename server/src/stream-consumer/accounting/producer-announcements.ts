import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { JobScheduler } from '../../database/job-scheduler.ts';
import { CLOCK, type Clock } from '../../kernel/clock.ts';
import { StreamStateReader } from './stream-state-reader.ts';

const EVERY_MS = 5_000;
/** From the end of a flush to its entry on the stream, and what clocks may differ by between two samples. */
const MARGIN_MS = 5_000;

/**
 * What instances of ours say in heartbeats (accepted = numbered + merged + dropped + still buffered) tells how many
 * numbers they gave: numbers after the last that arrived would otherwise be missed by nobody. Senders that do not count
 * what they merge do not number either.
 */
const NOTE = `
  WITH beat AS (
    SELECT project_id, instance_id, last_heartbeat_at, NOT counters ? 'unverified' AS verified,
        (counters->>'accepted')::numeric - (counters->>'merged')::numeric
        - COALESCE((SELECT sum(value::numeric) FROM jsonb_each_text(counters->'dropped')), 0) AS given
      FROM project_connections WHERE counters ? 'accepted' AND counters ? 'merged' AND last_heartbeat_at IS NOT NULL)
  INSERT INTO producer_progress AS known (project_id, verified, instance_id, seen, seen_count, highest, missing, given_up,
    forgotten_below, announcing, announcing_at, updated_at)
  SELECT beat.project_id, beat.verified, beat.instance_id, '{}'::int8multirange, 0, 0, 0, 0, 0, given::int8,
      last_heartbeat_at, $1::timestamptz
    FROM beat LEFT JOIN producer_progress AS progress
      ON progress.project_id = beat.project_id AND progress.verified = beat.verified
        AND progress.instance_id = beat.instance_id
    WHERE given BETWEEN 1 AND 9007199254740991 AND progress.announcing IS NULL
      AND progress.announced IS DISTINCT FROM given::int8
    ORDER BY beat.project_id, beat.instance_id
  ON CONFLICT (project_id, verified, instance_id) DO UPDATE SET
    announcing = excluded.announcing, announcing_at = excluded.announcing_at`;

/** Rows that a writer holds are left for the next time. $1: all that was added before is stored, $2 now. */
const SETTLE = `
  UPDATE producer_progress AS known SET
    announced = known.announcing, announcing = NULL, announcing_at = NULL,
    missing = GREATEST(known.highest, known.announcing) - known.seen_count + known.given_up,
    missing_since = CASE WHEN GREATEST(known.highest, known.announcing) - known.seen_count + known.given_up > 0
      THEN COALESCE(known.missing_since, $2) END
  FROM (SELECT project_id, verified, instance_id FROM producer_progress WHERE announcing_at < $1
      FOR UPDATE SKIP LOCKED) AS settled
  WHERE known.project_id = settled.project_id AND known.verified = settled.verified
    AND known.instance_id = settled.instance_id`;

/** Finds losses at the end of what a producer sent: a heartbeat counts once everything older than it is stored. */
@Injectable()
export class ProducerAnnouncements implements OnModuleInit {
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
    this.scheduler.add({ name: 'settle-announcements', everyMs: EVERY_MS, run: () => this.run() });
  }

  /** Nothing while Redis is away: what waits there is not lost. */
  async run(): Promise<void> {
    if (!this.reader.isConnected) return;
    const beforeMs = this.clock.nowMs();
    const { nowMs, oldestMs } = await this.reader.read();
    // Heartbeats have the server's time, entries have Redis'.
    const settledMs = Math.min(beforeMs, (oldestMs ?? nowMs) + beforeMs - nowMs) - MARGIN_MS;
    await this.dataSource.query(SETTLE, [new Date(settledMs), this.clock.now()]);
    await this.dataSource.query(NOTE, [this.clock.now()]);
  }
}
