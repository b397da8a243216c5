import { rowsOf } from '../../database/sql-rows.ts';
import type { ProducerRow } from './producer-state.ts';

/** The answer of LOCK_PRODUCERS. */
export function producerRowsOf(answer: unknown): ProducerRow[] {
  return rowsOf(answer).map((row) => ({
    projectId: String(row['project_id']),
    isVerified: row['verified'] === true,
    instanceId: String(row['instance_id']),
    seen: String(row['seen']),
    highest: Number(row['highest']),
    givenUp: Number(row['given_up']),
    forgottenBelow: Number(row['forgotten_below']),
  }));
}

/** Entries over all lives of a stream, as far as they are known. */
export interface EntrySums {
  readonly added: number;
  readonly acked: number;
  readonly lost: number;
  /** In those that have ended. */
  readonly lostBefore: number;
}

export function entrySumsOf(answer: unknown): EntrySums {
  const row = rowsOf(answer)[0] ?? {};
  return {
    added: Number(row['added'] ?? 0),
    acked: Number(row['acked'] ?? 0),
    lost: Number(row['lost'] ?? 0),
    lostBefore: Number(row['lost_before'] ?? 0),
  };
}
