import type { EntityManager } from 'typeorm';
import { ADVISORY_LOCKS } from '../database/advisory-locks.ts';

/** The earliest entry of a trace in a batch. */
export interface Begun {
  readonly projectId: string;
  readonly traceId: string;
  readonly receivedMs: number;
  /** Whether tracing was on then. */
  readonly wasOn: boolean;
}

/** What the database knows of a trace. */
export interface Remembered {
  /** It has a row. */
  readonly isStored: boolean;
  /** Its earliest entry that was dropped; null when none was. */
  readonly firstReceivedMs: number | null;
}

const LOCK = `
  SELECT CASE WHEN alone THEN pg_advisory_xact_lock(${String(ADVISORY_LOCKS.switchedOff)}, key)
              ELSE pg_advisory_xact_lock_shared(${String(ADVISORY_LOCKS.switchedOff)}, key) END
  FROM unnest($1::integer[], $2::boolean[]) AS l(key, alone)`;

const LOOK_UP = `
  SELECT a.project_id, a.trace_id, o.first_received_at,
    EXISTS (SELECT FROM traces t WHERE t.project_id = a.project_id AND t.id = a.trace_id) AS is_stored
  FROM unnest($1::uuid[], $2::uuid[]) AS a(project_id, trace_id)
  LEFT JOIN switched_off_traces o ON o.project_id = a.project_id AND o.trace_id = a.trace_id`;

const REMEMBER = `
  INSERT INTO switched_off_traces AS known (project_id, trace_id, first_received_at, remembered_at)
  SELECT project_id, trace_id, first_received_at, $4::timestamptz
  FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS a(project_id, trace_id, first_received_at)
  ON CONFLICT (project_id, trace_id) DO UPDATE SET first_received_at = excluded.first_received_at
  WHERE excluded.first_received_at < known.first_received_at`;

const FORGET = `
  DELETE FROM switched_off_traces o USING unnest($1::uuid[], $2::uuid[]) AS a(project_id, trace_id)
  WHERE o.project_id = a.project_id AND o.trace_id = a.trace_id`;

interface LookedUp {
  project_id: string;
  trace_id: string;
  first_received_at: Date | null;
  is_stored: boolean;
}

/** `project/trace`. */
export function keyOf({ projectId, traceId }: { projectId: string; traceId: string }): string {
  return `${projectId}/${traceId}`;
}

/** The statements of the memory of traces that began while off; each is part of the caller's transaction. */
export class SwitchedOffMemory {
  /**
   * Held until the end of the transaction: nobody else judges a project in which this batch finds traces that began
   * while off. Those that find none go side by side.
   */
  async lock(manager: EntityManager, traces: readonly Begun[]): Promise<void> {
    const alone = new Map<number, boolean>();
    for (const { projectId, wasOn } of traces) {
      const key = lockKeyOf(projectId);
      alone.set(key, !wasOn || alone.get(key) === true);
    }
    const sorted = [...alone].sort(([one], [other]) => one - other);
    await manager.query(LOCK, [sorted.map(([key]) => key), sorted.map(([, isAlone]) => isAlone)]);
  }

  /** By `project/trace`. After the lock: what the one before wrote is seen. */
  async lookUp(manager: EntityManager, traces: readonly Begun[]): Promise<ReadonlyMap<string, Remembered>> {
    const rows = await manager.query<LookedUp[]>(LOOK_UP, keyColumns(traces));
    return new Map(
      rows.map((row) => [
        keyOf({ projectId: row.project_id, traceId: row.trace_id }),
        { isStored: row.is_stored, firstReceivedMs: row.first_received_at?.getTime() ?? null },
      ]),
    );
  }

  async remember(manager: EntityManager, traces: readonly Begun[], now: Date): Promise<void> {
    if (traces.length === 0) return;
    const times = traces.map(({ receivedMs }) => new Date(receivedMs));
    await manager.query(REMEMBER, [...keyColumns(traces), times, now]);
  }

  async forget(manager: EntityManager, traces: readonly Begun[]): Promise<void> {
    if (traces.length > 0) await manager.query(FORGET, keyColumns(traces));
  }
}

function keyColumns(traces: readonly Begun[]): [string[], string[]] {
  return [traces.map(({ projectId }) => projectId), traces.map(({ traceId }) => traceId)];
}

/** The last 32 bits of the project's id, which are random in every version of UUID. */
function lockKeyOf(projectId: string): number {
  return Number.parseInt(projectId.slice(-8), 16) | 0;
}
