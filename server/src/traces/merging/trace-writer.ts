import { randomBytes } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { type EventFold, type FoldedPayload, foldEvents } from './event-fold.ts';
import type { MergeEvent } from './merge-event.ts';
import { OBSERVATION_MERGE, TRACE_MERGE } from './merge-fields.ts';
import { recordOf } from './merged-row.ts';
import { upsertSql } from './upsert-sql.ts';

const UPSERT_TRACES = upsertSql(TRACE_MERGE);
const UPSERT_OBSERVATIONS = upsertSql(OBSERVATION_MERGE);

const PAYLOAD_COLUMNS = ['uuid', 'uuid', 'uuid', 'text', 'json', 'integer', 'bytea'];
/** Rows of one payload statement; 7 parameters each, of at most 65,535. */
const PAYLOAD_ROWS = 500;

const MARK_DIRTY = `
  INSERT INTO trace_rollup_marks AS t (project_id, trace_id, mark)
  SELECT project_id, trace_id, $2::bigint FROM json_to_recordset($1::json) AS r(project_id uuid, trace_id uuid)
  ORDER BY project_id, trace_id
  ON CONFLICT (project_id, trace_id) DO UPDATE SET mark = excluded.mark`;

/**
 * Stores events: folds them in memory, then merges the result into the rows that are there. Statements touch tables
 * and rows in one fixed order, so that concurrent writers wait for each other and never deadlock.
 */
export class TraceWriter {
  /** Part of the caller's transaction. Any order of events, any number of deliveries, end in the same rows. */
  async store(manager: EntityManager, events: readonly MergeEvent[]): Promise<void> {
    if (events.length === 0) return;
    const fold = foldEvents(events);
    await upsert(
      manager,
      UPSERT_TRACES,
      fold.traces.map((row) => recordOf(row, TRACE_MERGE)),
    );
    await upsert(
      manager,
      UPSERT_OBSERVATIONS,
      fold.observations.map((row) => recordOf(row, OBSERVATION_MERGE)),
    );
    for (let at = 0; at < fold.payloads.length; at += PAYLOAD_ROWS) {
      await storePayloads(manager, fold.payloads.slice(at, at + PAYLOAD_ROWS));
    }
    await markDirty(manager, fold);
  }
}

async function upsert(manager: EntityManager, sql: string, records: readonly object[]): Promise<void> {
  if (records.length > 0) await manager.query(sql, [JSON.stringify(records)]);
}

/** Bodies travel as the bytes that came in; PostgreSQL checks that they are JSON and keeps them as they are. */
async function storePayloads(manager: EntityManager, payloads: readonly FoldedPayload[]): Promise<void> {
  const rows = payloads.map((_, row) => {
    const first = row * PAYLOAD_COLUMNS.length + 1;
    return `(${PAYLOAD_COLUMNS.map((type, column) => `$${String(first + column)}::${type}`).join(',')})`;
  });
  const values = payloads.flatMap(({ key, bytes, version }) => [
    ...key,
    bytes,
    bytes.length,
    Buffer.from(version, 'hex'),
  ]);
  await manager.query(
    `INSERT INTO observation_payloads AS t (project_id, trace_id, observation_id, kind, body, bytes, version)
     VALUES ${rows.join(',')}
     ON CONFLICT (project_id, trace_id, observation_id, kind) DO UPDATE
     SET body = excluded.body, bytes = excluded.bytes, version = excluded.version
     WHERE t.version < excluded.version`,
    values,
  );
}

async function markDirty(manager: EntityManager, fold: EventFold): Promise<void> {
  const keys = fold.traces.map(({ key: [projectId, traceId] }) => ({
    project_id: projectId,
    trace_id: traceId,
  }));
  await manager.query(MARK_DIRTY, [JSON.stringify(keys), randomBytes(8).readBigInt64BE().toString()]);
}
