import type { EntityManager } from 'typeorm';
import type { Clock } from '../../kernel/clock.ts';

/** What of a batch's dead letters of one project and reason is kept. */
export interface BudgetRequest {
  readonly projectId: string;
  readonly reason: string;
  readonly units: number;
}

interface GrantedRow {
  project_id: string;
  reason: string;
  granted: number;
}

/** One unit is a dead letter of up to this size; larger ones take several. */
export const UNIT_BYTES = 4_096;

/** What may be kept of a project's dead letters of one reason. */
export interface BudgetLimits {
  /** Units at once, … */
  readonly burstUnits: number;
  /** … and how many more every minute. */
  readonly unitsPerMinute: number;
}

export const BUDGET_LIMITS: BudgetLimits = { burstUnits: 20_000, unitsPerMinute: 1_000 };

/** Units there are at the moment of the request: those left and those that time has added. */
const AVAILABLE = `least($5::integer, t.tokens + $6::integer / 60.0
  * greatest(0, extract(epoch FROM excluded.refilled_at - t.refilled_at)))`;
const GRANTED = `least(excluded.granted, floor(${AVAILABLE}))`;

/** In key order, so that two writers wait for each other and never deadlock. */
const TAKE = `
  INSERT INTO dead_letter_tallies AS t (project_id, reason, tokens, refilled_at, granted, not_kept, purged)
  SELECT project_id, reason, $5::integer - wanted, $4::timestamptz, wanted, 0, 0
  FROM unnest($1::uuid[], $2::text[], $3::integer[]) AS r(project_id, reason, wanted)
  ORDER BY project_id, reason
  ON CONFLICT (project_id, reason) DO UPDATE SET
    tokens = ${AVAILABLE} - ${GRANTED},
    granted = ${GRANTED},
    refilled_at = greatest(t.refilled_at, excluded.refilled_at)
  RETURNING project_id, reason, granted`;

const COUNT_NOT_KEPT = `
  UPDATE dead_letter_tallies AS t SET not_kept = t.not_kept + r.count
  FROM unnest($1::uuid[], $2::text[], $3::integer[]) AS r(project_id, reason, count)
  WHERE t.project_id = r.project_id AND t.reason = r.reason`;

/**
 * Keeps a flood of refused events from filling the disk and from slowing the consumer: of each project and reason so
 * many are kept at once and so many more a minute, the others are counted. Kept in the database, so that it holds for
 * all replicas, and a batch that is rolled back takes nothing.
 */
export class DeadLetterBudget {
  private readonly clock: Clock;
  private readonly limits: BudgetLimits;

  constructor(clock: Clock, limits: BudgetLimits) {
    this.clock = clock;
    this.limits = limits;
  }

  /**
   * Part of the caller's transaction.
   * @param requests at most one per project and reason
   * @returns units granted, by {@link budgetKey}
   */
  async take(manager: EntityManager, requests: readonly BudgetRequest[]): Promise<Map<string, number>> {
    const { burstUnits, unitsPerMinute } = this.limits;
    const rows = await manager.query<GrantedRow[]>(TAKE, [
      requests.map(({ projectId }) => projectId),
      requests.map(({ reason }) => reason),
      requests.map(({ units }) => Math.min(units, burstUnits)),
      this.clock.now(),
      burstUnits,
      unitsPerMinute,
    ]);
    return new Map(rows.map((row) => [budgetKey(row.project_id, row.reason), row.granted]));
  }

  /** Part of the same transaction: their rows are locked. @param counts by {@link budgetKey} */
  async countNotKept(manager: EntityManager, counts: ReadonlyMap<string, number>): Promise<void> {
    const keys = [...counts.keys()].map((key) => key.split('/'));
    await manager.query(COUNT_NOT_KEPT, [
      keys.map(([projectId]) => projectId),
      keys.map(([, reason]) => reason),
      [...counts.values()],
    ]);
  }
}

export function budgetKey(projectId: string, reason: string): string {
  return `${projectId}/${reason}`;
}

export function unitsOf(keptBytes: number): number {
  return Math.max(1, Math.ceil(keptBytes / UNIT_BYTES));
}
