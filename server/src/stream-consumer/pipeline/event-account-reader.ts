import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { textsOf } from '../../database/sql-rows.ts';
import { CLOCK, type Clock } from '../../kernel/clock.ts';
import {
  accountHoursOf,
  type CountByLabel,
  countsByLabelOf,
  eventAccountsOf,
  producersOf,
} from './account-answer-decoder.ts';
import type { AccountAnswer, EventAccountAnswer } from './observability-dto.ts';

const HOUR_MS = 3_600_000;
const UNVERIFIED_WITHIN_MS = 24 * HOUR_MS;

const TOTALS = `
  SELECT COALESCE(total.project_id, gap.project_id) AS project_id, received, stored, duplicate, unverified, rejected,
      switched_off, COALESCE(gap.missing, 0) + COALESCE(forgotten_missing, 0) AS missing,
      LEAST(gap.missing_since, forgotten_missing_since) AS missing_since
    FROM (SELECT * FROM event_totals WHERE $1::uuid IS NULL OR project_id = $1) AS total
    FULL JOIN (SELECT project_id, sum(missing) AS missing, min(missing_since) AS missing_since FROM producer_progress
      WHERE missing > 0 AND ($1::uuid IS NULL OR project_id = $1) GROUP BY project_id) AS gap
    ON gap.project_id = total.project_id
    ORDER BY 1 LIMIT $2`;

const HOURS = `
  SELECT instance_id, hour, received, stored, duplicate, unverified, rejected, switched_off FROM event_accounts
    WHERE project_id = $1 AND hour >= $2 ORDER BY hour DESC, instance_id LIMIT 5000`;

const PRODUCERS = `
  SELECT instance_id, verified, highest, announced, missing, missing_since, counters, updated_at FROM producer_progress
    WHERE project_id = $1 AND (updated_at >= $2 OR missing > 0)
    ORDER BY missing DESC, updated_at DESC, instance_id LIMIT 500`;

const UNVERIFIED = `
  SELECT DISTINCT project_id FROM event_accounts
    WHERE unverified > 0 AND hour >= $1 AND project_id <> '00000000-0000-0000-0000-000000000000'
      AND ($2::uuid IS NULL OR project_id = $2)`;

const DEAD_LETTERS = 'SELECT reason AS label, count(*) AS count FROM dead_letters GROUP BY reason';

/** Reads the event account. */
@Injectable()
export class EventAccountReader {
  private readonly dataSource: DataSource;
  private readonly clock: Clock;

  constructor(dataSource: DataSource, @Inject(CLOCK) clock: Clock) {
    this.dataSource = dataSource;
    this.clock = clock;
  }

  /** @param projectId null: of all projects, in the order of their ids, and of what no project was verified for */
  async readTotals(projectId: string | null, limit: number): Promise<EventAccountAnswer[]> {
    return eventAccountsOf(await this.dataSource.query(TOTALS, [projectId, limit]));
  }

  async readProject(projectId: string, hours: number): Promise<AccountAnswer> {
    const since = new Date(this.clock.nowMs() - hours * HOUR_MS);
    const [byHour, producers] = await Promise.all([
      this.dataSource.query<unknown>(HOURS, [projectId, since]),
      this.dataSource.query<unknown>(PRODUCERS, [projectId, since]),
    ]);
    return { hours: accountHoursOf(byHour), producers: producersOf(producers) };
  }

  /** Projects that unsigned events were accepted for within a day. */
  async readUnverified(projectId: string | null): Promise<ReadonlySet<string>> {
    const since = new Date(this.clock.nowMs() - UNVERIFIED_WITHIN_MS - HOUR_MS);
    return new Set(textsOf(await this.dataSource.query(UNVERIFIED, [since, projectId]), 'project_id'));
  }

  /** Dead letters that are kept, by reason. */
  async countDeadLetters(): Promise<CountByLabel[]> {
    return countsByLabelOf(await this.dataSource.query(DEAD_LETTERS));
  }
}
