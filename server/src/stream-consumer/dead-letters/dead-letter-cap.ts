import type { DataSource } from 'typeorm';
import type { Clock } from '../../kernel/clock.ts';
import { BUDGET_LIMITS } from '../refused/dead-letter-budget.ts';

/** What the dead letters of one project may take up. */
export interface CapLimits {
  readonly rows: number;
  /** Of kept bytes. */
  readonly bytes: number;
}

export const CAP_LIMITS: CapLimits = { rows: 100_000, bytes: 1024 ** 3 };
/** Records of replays that are kept. */
const REPLAY_RECORDS = 10_000;
/** Rows of one statement: short locks, little log. */
const BATCH_ROWS = 5_000;

const FIND_OVER = `
  SELECT project_id FROM dead_letters GROUP BY project_id
  HAVING count(*) > $1::bigint OR sum(kept_bytes) > $2::bigint`;

/** Removes the oldest ones over the limit, and counts them where the project's tallies are. */
const PURGE = `
  WITH ranked AS (
    SELECT project_id, entry_id, event_index, row_number() OVER newest AS rows, sum(kept_bytes) OVER newest AS bytes
    FROM dead_letters WHERE project_id = $1
    WINDOW newest AS (ORDER BY created_at DESC, entry_id DESC, event_index DESC ROWS UNBOUNDED PRECEDING)
  ), doomed AS (
    SELECT d.project_id, d.entry_id, d.event_index FROM dead_letters d JOIN ranked r
      ON d.project_id = r.project_id AND d.entry_id = r.entry_id AND d.event_index = r.event_index
    WHERE r.rows > $2::bigint OR r.bytes > $3::bigint
    LIMIT ${String(BATCH_ROWS)} FOR UPDATE OF d SKIP LOCKED
  ), purged AS (
    DELETE FROM dead_letters AS d USING doomed k
    WHERE d.project_id = k.project_id AND d.entry_id = k.entry_id AND d.event_index = k.event_index
    RETURNING d.project_id, d.reason
  ), counted AS (
    INSERT INTO dead_letter_tallies AS t (project_id, reason, tokens, refilled_at, granted, not_kept, purged)
    SELECT project_id, reason, ${String(BUDGET_LIMITS.burstUnits)}, $4::timestamptz, 0, 0, count(*)
    FROM purged GROUP BY project_id, reason ORDER BY project_id, reason
    ON CONFLICT (project_id, reason) DO UPDATE SET purged = t.purged + excluded.purged
    RETURNING 1
  )
  SELECT count(*)::integer AS purged FROM purged`;

const FORGET_REPLAYS = `
  DELETE FROM dead_letter_replays WHERE id < (
    SELECT id FROM dead_letter_replays ORDER BY id DESC OFFSET ${String(REPLAY_RECORDS - 1)} LIMIT 1)`;

/** Keeps each project's dead letters within the limits: the oldest go. */
export class DeadLetterCap {
  private readonly dataSource: DataSource;
  private readonly clock: Clock;
  private readonly limits: CapLimits;

  constructor(dataSource: DataSource, clock: Clock, limits: CapLimits = CAP_LIMITS) {
    this.dataSource = dataSource;
    this.clock = clock;
    this.limits = limits;
  }

  /** @returns how many were removed; what an abort leaves over is the next run's */
  async run(signal: AbortSignal): Promise<number> {
    const { rows, bytes } = this.limits;
    const over = await this.dataSource.query<{ project_id: string }[]>(FIND_OVER, [rows, bytes]);
    let purged = 0;
    for (const { project_id: projectId } of over) purged += await this.purge(projectId, signal);
    await this.dataSource.query(FORGET_REPLAYS);
    return purged;
  }

  private async purge(projectId: string, signal: AbortSignal): Promise<number> {
    const { rows, bytes } = this.limits;
    let purged = 0;
    for (let removed = BATCH_ROWS; removed === BATCH_ROWS && !signal.aborted; purged += removed) {
      const parameters = [projectId, rows, bytes, this.clock.now()];
      const [answer] = await this.dataSource.query<{ purged: number }[]>(PURGE, parameters);
      removed = answer?.purged ?? 0;
    }
    return purged;
  }
}
