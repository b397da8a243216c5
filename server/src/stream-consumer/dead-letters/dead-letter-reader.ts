import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Page, pageOf } from '../../http/page.ts';
import type { DeadLetterKey } from './dead-letter-id.ts';
import {
  type Condition,
  conditionOf,
  CREATED_AT_TEXT,
  type DeadLetterFilter,
  keyArrays,
  type LetterPosition,
  NEWEST_FIRST,
  OF_KEYS,
  positionKey,
} from './dead-letter-selection.ts';

/** A dead letter without its bytes. */
export interface LetterFacts extends LetterPosition {
  readonly reason: string;
  readonly detail: string | null;
  readonly rawFormat: string | null;
  readonly rawBytes: number;
  readonly keptBytes: number;
  readonly receivedAt: Date;
  readonly replay: { readonly outcome: string; readonly at: Date; readonly by: string } | null;
}

export interface WholeLetter extends LetterFacts {
  readonly raw: Buffer;
}

/** What there is of one reason. */
export interface ReasonCount {
  readonly reason: string;
  /** Not stored yet. */
  readonly waiting: number;
  readonly replayed: number;
  readonly keptBytes: number;
  readonly newestAt: Date | null;
  readonly notKept: number;
  readonly purged: number;
}

interface LetterRow {
  project_id: string;
  entry_id: string;
  event_index: number;
  created_at: string;
  reason: string;
  detail: string | null;
  raw_format: string | null;
  raw_bytes: number;
  kept_bytes: number;
  received_at: Date;
  replayed_at: Date | null;
  replayed_by: string | null;
  replay_outcome: string | null;
}

interface CountRow {
  reason: string;
  waiting: number;
  replayed: number;
  kept_bytes: number;
  newest_at: Date | null;
  not_kept: number;
  purged: number;
}

const COLUMNS = `d.project_id, d.entry_id, d.event_index, ${CREATED_AT_TEXT} AS created_at, d.reason, d.detail,
  d.raw_format, d.raw_bytes, d.kept_bytes, d.received_at, d.replayed_at, d.replayed_by, d.replay_outcome`;

/** Reads dead letters; lists never their bytes. */
@Injectable()
export class DeadLetterReader {
  private readonly dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.dataSource = dataSource;
  }

  /** One page, newest first. */
  async list(
    filter: DeadLetterFilter,
    { limit, after }: { limit: number; after: LetterPosition | null },
  ): Promise<Page<LetterFacts>> {
    const { sql, parameters } = conditionOf(filter, after);
    const rows = await this.dataSource.query<LetterRow[]>(
      `SELECT ${COLUMNS} FROM dead_letters d WHERE ${sql} ORDER BY ${NEWEST_FIRST} LIMIT ${String(limit + 1)}`,
      [...parameters],
    );
    return pageOf(rows.map(factsOf), limit, positionKey);
  }

  /** How many match, after a position. */
  async count(filter: DeadLetterFilter, after: LetterPosition | null = null): Promise<number> {
    const { sql, parameters } = conditionOf(filter, after);
    const [row] = await this.dataSource.query<{ n: number }[]>(
      `SELECT count(*)::float8 AS n FROM dead_letters d WHERE ${sql}`,
      [...parameters],
    );
    return row?.n ?? 0;
  }

  async find(key: DeadLetterKey): Promise<WholeLetter | null> {
    return (await this.findAll([key]))[0] ?? null;
  }

  /** In no particular order; those that are not there are left out. */
  async findAll(keys: readonly DeadLetterKey[]): Promise<WholeLetter[]> {
    const rows = await this.dataSource.query<(LetterRow & { raw: Buffer })[]>(
      `SELECT ${COLUMNS}, d.raw FROM dead_letters d, ${OF_KEYS}`,
      keyArrays(keys),
    );
    return rows.map((row) => ({ ...factsOf(row), raw: row.raw }));
  }

  /** The same without their bytes. */
  async findFacts(keys: readonly DeadLetterKey[]): Promise<LetterFacts[]> {
    const rows = await this.dataSource.query<LetterRow[]>(
      `SELECT ${COLUMNS} FROM dead_letters d, ${OF_KEYS}`,
      keyArrays(keys),
    );
    return rows.map(factsOf);
  }

  /** Per reason, the most frequent first; of one project, or of all. */
  async countByReason(projectId: string | undefined): Promise<ReasonCount[]> {
    const where = conditionOf({ projectId });
    const rows = await this.dataSource.query<CountRow[]>(countsSql(where), [...where.parameters]);
    return rows.map((row) => ({
      reason: row.reason,
      waiting: row.waiting,
      replayed: row.replayed,
      keptBytes: row.kept_bytes,
      newestAt: row.newest_at,
      notKept: row.not_kept,
      purged: row.purged,
    }));
  }
}

function countsSql(where: Condition): string {
  return `
    WITH present AS (
      SELECT d.reason, count(*) FILTER (WHERE d.replay_outcome IS DISTINCT FROM 'stored') AS waiting,
        count(*) FILTER (WHERE d.replay_outcome = 'stored') AS replayed,
        sum(d.kept_bytes) AS kept_bytes, max(d.created_at) AS newest_at
      FROM dead_letters d WHERE ${where.sql} GROUP BY d.reason
    ), gone AS (
      SELECT d.reason, sum(d.not_kept) AS not_kept, sum(d.purged) AS purged
      FROM dead_letter_tallies d WHERE ${where.sql} GROUP BY d.reason
    )
    SELECT reason, coalesce(waiting, 0)::float8 AS waiting, coalesce(replayed, 0)::float8 AS replayed,
      coalesce(kept_bytes, 0)::float8 AS kept_bytes, newest_at,
      coalesce(not_kept, 0)::float8 AS not_kept, coalesce(purged, 0)::float8 AS purged
    FROM present FULL JOIN gone USING (reason)
    WHERE coalesce(waiting, 0) + coalesce(replayed, 0) + coalesce(not_kept, 0) + coalesce(purged, 0) > 0
    ORDER BY 2 DESC, 1`;
}

function factsOf(row: LetterRow): LetterFacts {
  const { replay_outcome: outcome, replayed_at: at, replayed_by: by } = row;
  return {
    projectId: row.project_id,
    entryId: row.entry_id,
    eventIndex: row.event_index,
    createdAt: row.created_at,
    reason: row.reason,
    detail: row.detail,
    rawFormat: row.raw_format,
    rawBytes: row.raw_bytes,
    keptBytes: row.kept_bytes,
    receivedAt: row.received_at,
    replay: outcome === null || at === null || by === null ? null : { outcome, at, by },
  };
}
