import type { DataSource } from 'typeorm';
import { isLevel } from 'swisper-studio/contract';
import type { Clock } from '../../kernel/clock.ts';
import { haveRootsEnded, type TraceFacts, traceLevel, traceStatus } from './trace-status.ts';
import { asNumber, asText, type Row, rowsOf } from '../sql-rows.ts';

/** Most traces one step counts. */
export const TRACES_PER_STEP = 500;
/** Above this many observations a running trace is counted at most every `LARGE_EVERY_MS`. */
const LARGE_OBSERVATIONS = 1_000;
const LARGE_EVERY_MS = 5_000;
const LARGE_REMEMBERED = 1_000;

/** Which of these processes stopped or went silent. Keys are `project/instance`. */
export interface InstancePresence {
  findGone(instances: readonly InstanceKey[], now: Date): Promise<ReadonlySet<string>>;
}

export interface InstanceKey {
  readonly projectId: string;
  readonly instanceId: string;
}

export const instanceKeyText = ({ projectId, instanceId }: InstanceKey): string =>
  `${projectId}/${instanceId}`;

const READ_MARKS = `
  SELECT project_id, trace_id, mark::text FROM trace_rollup_marks m
  WHERE NOT EXISTS (
    SELECT FROM json_to_recordset($1::json) AS held(project_id uuid, trace_id uuid)
    WHERE held.project_id = m.project_id AND held.trace_id = m.trace_id)
  ORDER BY project_id, trace_id LIMIT ${String(TRACES_PER_STEP)}`;

const KEYS = `json_to_recordset($1::json) AS k(project_id uuid, trace_id uuid)`;

const LOCK_TRACES = `
  SELECT t.project_id, t.id AS trace_id, t.instance_id, t.end_time IS NOT NULL AS has_end, t.reported_status,
         t.own_level::text, extract(epoch FROM t.last_received_at)::float8 * 1000 AS last_received_ms
  FROM traces t JOIN ${KEYS} ON t.project_id = k.project_id AND t.id = k.trace_id
  ORDER BY t.project_id, t.id FOR UPDATE OF t`;

const AGGREGATE = `
  SELECT o.project_id, o.trace_id, count(*)::int AS observations, max(o.level)::text AS level,
         count(*) FILTER (WHERE failed)::int AS errors,
         count(*) FILTER (WHERE is_root)::int AS roots,
         count(*) FILTER (WHERE is_root AND o.end_time IS NULL)::int AS open_roots,
         count(*) FILTER (WHERE is_root AND failed)::int AS failed_roots,
         count(*) FILTER (WHERE is_root AND NOT failed AND o.reported_status = 'interrupted')::int AS interrupted_roots,
         max(o.end_time) FILTER (WHERE is_root)::text AS last_root_end
  FROM ${KEYS}
  JOIN observations o ON o.project_id = k.project_id AND o.trace_id = k.trace_id
  LEFT JOIN observations p ON p.project_id = o.project_id AND p.trace_id = o.trace_id AND p.id = o.parent_observation_id
  CROSS JOIN LATERAL (SELECT p.id IS NULL AS is_root,
    coalesce(o.level = 'ERROR', false) OR coalesce(o.reported_status = 'error', false) AS failed) f
  GROUP BY o.project_id, o.trace_id`;

const UPDATE_TRACES = `
  UPDATE traces t SET status = r.status, level = r.level, observation_count = r.observation_count,
         error_count = r.error_count, inferred_end_time = r.inferred_end_time
  FROM json_to_recordset($1::json) AS r(project_id uuid, trace_id uuid, status trace_status, level observation_level,
       observation_count int, error_count int, inferred_end_time timestamptz)
  WHERE t.project_id = r.project_id AND t.id = r.trace_id
    AND (t.status, t.level, t.observation_count, t.error_count, t.inferred_end_time)
        IS DISTINCT FROM (r.status, r.level, r.observation_count, r.error_count, r.inferred_end_time)`;

const CLEAR_MARKS = `
  DELETE FROM trace_rollup_marks m
  USING json_to_recordset($1::json) AS r(project_id uuid, trace_id uuid, mark bigint)
  WHERE m.project_id = r.project_id AND m.trace_id = r.trace_id AND m.mark = r.mark`;

/** Adds up traces that changed: counts, level, status. A batch only marks them; a step counts many of them at once. */
export class TraceRollup {
  private readonly dataSource: DataSource;
  private readonly presence: InstancePresence;
  private readonly clock: Clock;
  /** Large running traces and when they may be counted again, ms since 1970. */
  private readonly held = new Map<string, number>();

  constructor(dataSource: DataSource, presence: InstancePresence, clock: Clock) {
    this.dataSource = dataSource;
    this.presence = presence;
    this.clock = clock;
  }

  /** Counts up to 500 marked traces. @returns how many there were; 0: nothing is left for now */
  async step(): Promise<number> {
    const marks = rowsOf(await this.dataSource.query(READ_MARKS, [JSON.stringify(this.heldKeys())]));
    if (marks.length === 0) return 0;
    const keys = JSON.stringify(marks.map(({ project_id, trace_id }) => ({ project_id, trace_id })));
    await this.dataSource.transaction('READ COMMITTED', async (manager) => {
      // The lock first and the sums in the next statement: its snapshot then has what other writers committed meanwhile.
      const traces = rowsOf(await manager.query(LOCK_TRACES, [keys]));
      const sums = rowsOf(await manager.query(AGGREGATE, [keys]));
      await manager.query(UPDATE_TRACES, [JSON.stringify(await this.rolledUp(traces, sums))]);
      await manager.query(CLEAR_MARKS, [JSON.stringify(marks)]);
    });
    return marks.length;
  }

  private heldKeys(): { project_id: string | undefined; trace_id: string | undefined }[] {
    const nowMs = this.clock.nowMs();
    for (const [key, untilMs] of this.held) if (untilMs <= nowMs) this.held.delete(key);
    return [...this.held.keys()].map((key) => {
      const [project_id, trace_id] = key.split('/');
      return { project_id, trace_id };
    });
  }

  private async rolledUp(traces: readonly Row[], sums: readonly Row[]): Promise<object[]> {
    const now = this.clock.now();
    const sumOf = new Map(sums.map((sum) => [keyOf(sum), sum]));
    const open = traces.filter((trace) => trace['has_end'] !== true && trace['instance_id'] !== null);
    const gone = await this.presence.findGone(open.map(instanceOf), now);
    return traces.map((trace) => {
      const sum = sumOf.get(keyOf(trace)) ?? {};
      const facts = factsOf(trace, sum, {
        now,
        isInstanceGone: gone.has(instanceKeyText(instanceOf(trace))),
      });
      const status = traceStatus(facts);
      this.holdLarge(
        keyOf(trace),
        status === 'running' && asNumber(sum['observations']) > LARGE_OBSERVATIONS,
      );
      const isInferable = !facts.hasEnd && haveRootsEnded(facts);
      return {
        project_id: trace['project_id'],
        trace_id: trace['trace_id'],
        status,
        level: traceLevel(facts),
        observation_count: asNumber(sum['observations']),
        error_count: asNumber(sum['errors']),
        inferred_end_time: isInferable ? asText(sum['last_root_end']) : null,
      };
    });
  }

  private holdLarge(key: string, isLargeAndRunning: boolean): void {
    if (!isLargeAndRunning || this.held.size >= LARGE_REMEMBERED) return;
    this.held.set(key, this.clock.nowMs() + LARGE_EVERY_MS);
  }
}

const keyOf = (row: Row): string => `${String(row['project_id'])}/${String(row['trace_id'])}`;

function instanceOf(trace: Row): InstanceKey {
  return { projectId: asText(trace['project_id']) ?? '', instanceId: asText(trace['instance_id']) ?? '' };
}

function factsOf(trace: Row, sum: Row, at: { now: Date; isInstanceGone: boolean }): TraceFacts {
  const levelOf = (value: unknown): TraceFacts['ownLevel'] => (isLevel(value) ? value : null);
  return {
    hasEnd: trace['has_end'] === true,
    reportedStatus: asText(trace['reported_status']),
    ownLevel: levelOf(trace['own_level']),
    observationLevel: levelOf(sum['level']),
    roots: asNumber(sum['roots']),
    openRoots: asNumber(sum['open_roots']),
    failedRoots: asNumber(sum['failed_roots']),
    interruptedRoots: asNumber(sum['interrupted_roots']),
    idleMs: at.now.getTime() - asNumber(trace['last_received_ms']),
    isInstanceGone: at.isInstanceGone,
  };
}
