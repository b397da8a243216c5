import type { DataSource, EntityManager } from 'typeorm';
import { isLevel } from 'swisper-studio/contract';
import type { Clock } from '../../kernel/clock.ts';
import { NIL_UUID } from '../../kernel/uuid.ts';
import { asNumber, asText, type Row, rowsOf } from '../../database/sql-rows.ts';
import {
  AGGREGATE,
  CLEAR_MARKS,
  COUNT_HOURS,
  LOCK_TRACES,
  nextRollupAt,
  READ_MARKS,
  type RolledUp,
  TAKE_TURN,
  TRACES_PER_STEP,
  UPDATE_TRACES,
} from './rollup-sql.ts';
import { haveRootsEnded, type TraceFacts, traceLevel, traceStatus } from './trace-status.ts';

/** A step stops taking traces when they had so many observations together: their rows are locked for its time. */
const OBSERVATIONS_PER_STEP = 20_000;

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

type TraceKey = readonly [projectId: string, traceId: string];
const START: TraceKey = [NIL_UUID, NIL_UUID];

/**
 * Adds up traces that changed: status, level, counts, tokens, cost, duration. A batch only marks them; a step counts many
 * of them at once. Steps walk through the marks in key order, so that traces which change all the time do not hold up
 * those behind them.
 */
export class TraceRollup {
  private readonly dataSource: DataSource;
  private readonly presence: InstancePresence;
  private readonly clock: Clock;
  private position = START;

  constructor(dataSource: DataSource, presence: InstancePresence, clock: Clock) {
    this.dataSource = dataSource;
    this.presence = presence;
    this.clock = clock;
  }

  /** Whether the walk through the marks has not come to its end. */
  get isOnTheWay(): boolean {
    return this.position !== START;
  }

  /**
   * Counts up to 500 marked traces.
   * @returns how many there were; 0: nothing is left for now, or another process is at it
   */
  async step(): Promise<number> {
    const marks = await this.nextMarks();
    if (marks.length === 0) return 0;
    const keys = JSON.stringify(marks.map(({ project_id, trace_id }) => ({ project_id, trace_id })));
    const isDone = await this.dataSource.transaction('READ COMMITTED', async (manager) => {
      if (!(await takeTurn(manager))) return false;
      // The lock first and the sums in the next statement: its snapshot then has what other writers committed meanwhile.
      const traces = rowsOf(await manager.query(LOCK_TRACES, [keys]));
      const sums = rowsOf(await manager.query(AGGREGATE, [JSON.stringify(traces.map(aggregateKey))]));
      const records = JSON.stringify(await this.rolledUp(traces, sums));
      await manager.query(COUNT_HOURS, [records]);
      await manager.query(UPDATE_TRACES, [records]);
      await manager.query(CLEAR_MARKS, [JSON.stringify(marks)]);
      return true;
    });
    return isDone ? marks.length : 0;
  }

  /** The next marks of the walk; from the start again where nothing is left behind it. */
  private async nextMarks(): Promise<Row[]> {
    let found = await this.readMarks(this.position);
    if (found.length === 0 && this.isOnTheWay) found = await this.readMarks(START);
    const marks = withinBounds(found);
    const last = marks.length < found.length || found.length === TRACES_PER_STEP ? marks.at(-1) : undefined;
    this.position = last === undefined ? START : [String(last['project_id']), String(last['trace_id'])];
    return marks;
  }

  private async readMarks([projectId, traceId]: TraceKey): Promise<Row[]> {
    return rowsOf(await this.dataSource.query(READ_MARKS, [projectId, traceId, this.clock.now()]));
  }

  private async rolledUp(traces: readonly Row[], sums: readonly Row[]): Promise<RolledUp[]> {
    const now = this.clock.now();
    const sumOf = new Map(sums.map((sum) => [keyOf(sum), sum]));
    const open = traces.filter((trace) => trace['has_end'] !== true && trace['instance_id'] !== null);
    const gone = await this.presence.findGone(open.map(instanceOf), now);
    return traces.map((trace) => {
      const isInstanceGone = gone.has(instanceKeyText(instanceOf(trace)));
      return rolledUpTrace(trace, sumOf.get(keyOf(trace)) ?? {}, { now, isInstanceGone });
    });
  }
}

async function takeTurn(manager: EntityManager): Promise<boolean> {
  const [row] = rowsOf(await manager.query(TAKE_TURN));
  return row?.['taken'] === true;
}

/** The first marks whose traces together are not too much for one step; at least one. */
function withinBounds(marks: Row[]): Row[] {
  let observations = 0;
  const end = marks.findIndex((mark, index) => {
    observations += asNumber(mark['observations']);
    return index > 0 && observations > OBSERVATIONS_PER_STEP;
  });
  return end === -1 ? marks : marks.slice(0, end);
}

const keyOf = (row: Row): string => `${String(row['project_id'])}/${String(row['trace_id'])}`;

function aggregateKey({ project_id, trace_id, has_end }: Row): object {
  return { project_id, trace_id, is_open: has_end !== true };
}

function instanceOf(trace: Row): InstanceKey {
  return { projectId: asText(trace['project_id']) ?? '', instanceId: asText(trace['instance_id']) ?? '' };
}

/** What time alone decides. */
interface Circumstances {
  readonly now: Date;
  readonly isInstanceGone: boolean;
}

function rolledUpTrace(trace: Row, sum: Row, at: Circumstances): RolledUp {
  const facts = factsOf(trace, sum, at);
  const observations = asNumber(sum['observations']);
  return {
    project_id: trace['project_id'],
    trace_id: trace['trace_id'],
    status: traceStatus(facts),
    level: traceLevel(facts),
    observation_count: observations,
    error_count: asNumber(sum['errors']),
    inferred_end_time: !facts.hasEnd && haveRootsEnded(facts) ? asText(sum['last_root_end']) : null,
    input_tokens: asText(sum['input_tokens']),
    output_tokens: asText(sum['output_tokens']),
    total_tokens: asText(sum['total_tokens']),
    input_cost: asText(sum['input_cost']),
    output_cost: asText(sum['output_cost']),
    total_cost: asText(sum['total_cost']),
    next_rollup_at: nextRollupAt(observations, at.now.getTime()),
  };
}

function factsOf(trace: Row, sum: Row, at: Circumstances): TraceFacts {
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
