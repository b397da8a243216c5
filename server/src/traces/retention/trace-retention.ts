import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';
import type { Clock } from '../../kernel/clock.ts';
import { NIL_UUID } from '../../kernel/uuid.ts';
import { affectedRows, asNumber, type Row, rowsOf } from '../../database/sql-rows.ts';
import {
  DELETE_BELOW,
  DELETE_MARKS,
  DELETE_TRACES,
  LOCK_DUE,
  READ_PAGE,
  READ_PROJECTS,
  ROWS_PER_STATEMENT,
  TRACES_PER_PAGE,
} from './retention-sql.ts';

const DAY_MS = 24 * 3_600_000;
/** Traces are deleted together until they have had so many observations: one short transaction. */
const OBSERVATIONS_PER_PIECE = 2_000;
/** Rest after each transaction, as a share of its time: whoever stores has the database to himself for a while. */
const REST_SHARE = 0.25;
/** A start further ahead than this comes of a wrong clock; such traces are found by a walk of their own. */
const AHEAD_MS = 3_600_000;

/** A project's traces are deleted when nothing was received for them since `before`. */
interface Due {
  readonly projectId: string;
  readonly before: Date;
}

/** Start times of traces to look at: after `from` (with it), before `to`. */
interface Range {
  readonly from: string;
  readonly to: string;
}

/**
 * Deletes what projects keep no longer. A trace goes when its last event was received more than `retention_days` ago,
 * whatever times its application claimed, and goes whole: its row is locked while payloads, observations, mark and row
 * are deleted, in this order, in one transaction. Traces somebody is writing to are left to the next run.
 *
 * A late event for a trace waits for that transaction and then makes a new trace with what it tells, which is kept for
 * as long as any. Only a trace too large for one transaction goes in pieces: when a late event comes between two, what
 * is left of it (never payloads without their observations) is kept again and counted anew.
 */
export class TraceRetention {
  private readonly dataSource: DataSource;
  private readonly clock: Clock;

  constructor(dataSource: DataSource, clock: Clock) {
    this.dataSource = dataSource;
    this.clock = clock;
  }

  /** Deletes all that is due; what an abort leaves over is the next run's. @returns how many traces went */
  async run(signal: AbortSignal): Promise<number> {
    const nowMs = this.clock.nowMs();
    let deleted = 0;
    for (const { id, retention_days } of rowsOf(await this.dataSource.query(READ_PROJECTS))) {
      const before = new Date(nowMs - asNumber(retention_days) * DAY_MS);
      const due = { projectId: String(id), before };
      deleted += await this.deleteDue(due, { from: '-infinity', to: before.toISOString() }, signal);
      const ahead = new Date(nowMs + AHEAD_MS).toISOString();
      deleted += await this.deleteDue(due, { from: ahead, to: 'infinity' }, signal);
    }
    return deleted;
  }

  private async deleteDue(due: Due, { from, to }: Range, signal: AbortSignal): Promise<number> {
    let deleted = 0;
    let position: readonly [string, string] = [from, NIL_UUID];
    while (!signal.aborted) {
      const parameters = [due.projectId, due.before, position[0], to, position[1]];
      const page = rowsOf(await this.dataSource.query(READ_PAGE, parameters));
      for (const piece of piecesOf(page.filter((trace) => trace['is_due'] === true))) {
        deleted += await this.deletePiece(due, piece, signal);
      }
      const last = page.at(-1);
      if (last === undefined || page.length < TRACES_PER_PAGE) return deleted;
      position = [String(last['start_time']), String(last['id'])];
    }
    return deleted;
  }

  /** Deletes these traces, in more than one transaction where they have too many rows. */
  private async deletePiece(due: Due, traceIds: readonly string[], signal: AbortSignal): Promise<number> {
    while (!signal.aborted) {
      const startedMs = performance.now();
      const deleted = await this.dataSource.transaction('READ COMMITTED', (manager) =>
        deleteBounded(manager, due, traceIds),
      );
      const restMs = (performance.now() - startedMs) * REST_SHARE;
      await sleep(restMs, undefined, { signal }).catch(() => undefined);
      if (deleted !== null) return deleted;
    }
    return 0;
  }
}

/** @returns how many traces went; null: there is more below them than one transaction deletes */
async function deleteBounded(
  manager: EntityManager,
  { projectId, before }: Due,
  traceIds: readonly string[],
): Promise<number | null> {
  const locked = rowsOf(await manager.query(LOCK_DUE, [projectId, traceIds, before])).map(({ id }) => id);
  if (locked.length === 0) return 0;
  for (const sql of DELETE_BELOW) {
    const deleted = affectedRows(await manager.query(sql, [projectId, locked]));
    if (deleted === ROWS_PER_STATEMENT) return null;
  }
  await manager.query(DELETE_MARKS, [projectId, locked]);
  return affectedRows(await manager.query(DELETE_TRACES, [projectId, locked]));
}

/** Ids of traces that go together. */
function piecesOf(traces: readonly Row[]): string[][] {
  const pieces: string[][] = [];
  let room = 0;
  for (const trace of traces) {
    const observations = Math.max(1, asNumber(trace['observation_count']));
    const piece = room >= observations ? pieces.at(-1) : undefined;
    if (piece === undefined) {
      pieces.push([String(trace['id'])]);
      room = OBSERVATIONS_PER_PIECE;
    } else piece.push(String(trace['id']));
    room -= observations;
  }
  return pieces;
}
