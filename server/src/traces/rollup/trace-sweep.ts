import type { DataSource } from 'typeorm';
import type { Clock } from '../../kernel/clock.ts';
import { type InstanceKey, type InstancePresence, instanceKeyText } from './trace-rollup.ts';
import { INCOMPLETE_IDLE_MS, INFERRED_END_IDLE_MS } from './trace-status.ts';
import { asText, rowsOf } from '../../database/sql-rows.ts';

const TRACES_PER_SWEEP = 5_000;
const INSTANCES_PER_SWEEP = 1_000;

const MARK = `
  INSERT INTO trace_rollup_marks (project_id, trace_id, mark)
  SELECT project_id, id, (random() * 9e15)::bigint FROM traces t
  WHERE status = 'running' AND end_time IS NULL`;
const ORDERLY = `ORDER BY project_id, id LIMIT ${String(TRACES_PER_SWEEP)} ON CONFLICT DO NOTHING`;

const MARK_IDLE = `${MARK} AND ((inferred_end_time IS NOT NULL AND last_received_at <= $1) OR last_received_at <= $2) ${ORDERLY}`;
const MARK_ABANDONED = `${MARK} AND last_received_at <= $1 AND EXISTS (
  SELECT FROM json_to_recordset($2::json) AS g("projectId" uuid, "instanceId" text)
  WHERE g."projectId" = t.project_id AND g."instanceId" = t.instance_id) ${ORDERLY}`;

const IDLE_INSTANCES = `
  SELECT DISTINCT project_id, instance_id FROM traces
  WHERE status = 'running' AND end_time IS NULL AND instance_id IS NOT NULL AND last_received_at <= $1
  LIMIT ${String(INSTANCES_PER_SWEEP)}`;

/**
 * Finds running traces that time alone has ended: nothing arrives for them any more, so no batch marks them. What they
 * become is decided by the roll-up, by the same rules as ever.
 */
export class TraceSweep {
  private readonly dataSource: DataSource;
  private readonly presence: InstancePresence;
  private readonly clock: Clock;

  constructor(dataSource: DataSource, presence: InstancePresence, clock: Clock) {
    this.dataSource = dataSource;
    this.presence = presence;
    this.clock = clock;
  }

  async run(): Promise<void> {
    const now = this.clock.now();
    const idleSince = new Date(now.getTime() - INFERRED_END_IDLE_MS);
    await this.dataSource.query(MARK_IDLE, [idleSince, new Date(now.getTime() - INCOMPLETE_IDLE_MS)]);
    const instances = rowsOf(await this.dataSource.query(IDLE_INSTANCES, [idleSince])).map(
      (row): InstanceKey => ({
        projectId: asText(row['project_id']) ?? '',
        instanceId: asText(row['instance_id']) ?? '',
      }),
    );
    const gone = await this.presence.findGone(instances, now);
    const abandoned = instances.filter((instance) => gone.has(instanceKeyText(instance)));
    if (abandoned.length > 0)
      await this.dataSource.query(MARK_ABANDONED, [idleSince, JSON.stringify(abandoned)]);
  }
}
