import { randomBytes } from 'node:crypto';
import type { ClientBase } from 'pg';
import type { EntityManager } from 'typeorm';
import { rowsOf } from '../../database/sql-rows.ts';
import { addRows, clientOf, mergeRows } from './bulk-rows.ts';
import { type EventFold, type FoldedPayload, foldEvents } from './event-fold.ts';
import { findKnown } from './known-observations.ts';
import type { MergeEvent } from './merge-event.ts';
import type { MergedRow } from './merged-row.ts';
import { OBSERVATIONS, type ObservedTable, PAYLOADS, TRACES } from './observed-tables.ts';
import { PAYLOAD_COLUMNS, recordOf, type RowColumn } from './row-columns.ts';
import { payloadUpsertSql } from './upsert-sql.ts';

/** From this many rows of one table on, COPY is cheaper than parameters. */
const BULK_ROWS = 200;
/** Rows of one payload statement; 8 parameters each, of at most 65,535. */
const PAYLOAD_ROWS = 500;

const TRACE_KEYS = 'json_to_recordset($1::json) AS r(project_id uuid, trace_id uuid)';

const FIND_SIGNED = `
  SELECT t.project_id, t.id AS trace_id FROM traces t JOIN ${TRACE_KEYS}
  ON t.project_id = r.project_id AND t.id = r.trace_id WHERE t.signed`;

const MARK_DIRTY = `
  INSERT INTO trace_rollup_marks AS t (project_id, trace_id, mark)
  SELECT project_id, trace_id, $2::bigint FROM ${TRACE_KEYS}
  ORDER BY project_id, trace_id
  ON CONFLICT (project_id, trace_id) DO UPDATE SET mark = excluded.mark`;

/**
 * Stores events: folds them in memory, then merges the result into the rows that are there. Statements touch tables
 * and rows in one fixed order, so that concurrent writers wait for each other and never deadlock.
 *
 * The traces come first, and every writer's merge locks them, changed or not, until it commits. So what is below a
 * trace is written by one writer at a time: an observation that is not there in the next statement is not there until
 * the end, and goes into its table by plain COPY, its payloads with it.
 */
export class TraceWriter {
  private readonly bulkRows: number;

  /** @param bulkRows from so many rows of one table on they are copied */
  constructor(bulkRows = BULK_ROWS) {
    this.bulkRows = bulkRows;
  }

  /**
   * Part of the caller's transaction, which must be READ COMMITTED. Any order of events, any number of deliveries, end
   * in the same rows. What is not signed comes after what is, changes nothing that is signed, and adds nothing to a
   * signed trace.
   */
  async store(manager: EntityManager, events: readonly MergeEvent[]): Promise<void> {
    const signed = events.filter(({ isSigned }) => isSigned);
    if (signed.length > 0) await this.storeSigned(manager, foldEvents(signed));
    if (signed.length === events.length) return;
    await this.storeUnsigned(manager, foldEvents(events.filter(({ isSigned }) => !isSigned)));
  }

  private async storeSigned(manager: EntityManager, fold: EventFold): Promise<void> {
    await this.merge(manager, TRACES, fold.traces);
    await this.storeBelowTraces(manager, fold);
  }

  private async storeUnsigned(manager: EntityManager, fold: EventFold): Promise<void> {
    await this.merge(manager, TRACES, fold.traces);
    const signed = await findSigned(manager, fold);
    const isOpen = ({ key: [projectId, traceId] }: { key: readonly string[] }): boolean =>
      !signed.has(`${projectId ?? ''}/${traceId ?? ''}`);
    await this.storeBelowTraces(manager, {
      traces: fold.traces.filter(isOpen),
      observations: fold.observations.filter(isOpen),
      payloads: fold.payloads.filter(isOpen),
    });
  }

  private async storeBelowTraces(manager: EntityManager, fold: EventFold): Promise<void> {
    const { observations, payloads } = fold;
    const client = await this.bulkClient(manager, Math.max(observations.length, payloads.length));
    if (client === null) {
      await this.merge(manager, OBSERVATIONS, observations);
      await this.mergePayloads(manager, payloads);
    } else {
      const known = await findKnown(client, observations);
      const newPayloads = payloads.filter(({ row }) => row !== null && !known.has(row));
      await addRows(
        client,
        OBSERVATIONS,
        known.size === 0 ? observations : observations.filter((row) => !known.has(row)),
      );
      await this.merge(manager, OBSERVATIONS, [...known]);
      await addRows(client, PAYLOADS, newPayloads);
      if (newPayloads.length < payloads.length)
        await this.mergePayloads(
          manager,
          payloads.filter(({ row }) => row === null || known.has(row)),
        );
    }
    await markDirty(manager, fold);
  }

  private async bulkClient(manager: EntityManager, rows: number): Promise<ClientBase | null> {
    return rows < this.bulkRows ? null : clientOf(manager);
  }

  private async merge(
    manager: EntityManager,
    table: ObservedTable,
    rows: readonly MergedRow[],
  ): Promise<void> {
    if (rows.length === 0) return;
    const client = await this.bulkClient(manager, rows.length);
    if (client !== null) return mergeRows(client, table, rows);
    await manager.query(table.mergeJsonSql, [
      JSON.stringify(rows.map((row) => recordOf(row, table.columns))),
    ]);
  }

  private async mergePayloads(manager: EntityManager, payloads: readonly FoldedPayload[]): Promise<void> {
    const client = await this.bulkClient(manager, payloads.length);
    if (client !== null) return mergeRows(client, PAYLOADS, payloads);
    for (let at = 0; at < payloads.length; at += PAYLOAD_ROWS) {
      await mergeFewPayloads(manager, payloads.slice(at, at + PAYLOAD_ROWS));
    }
  }
}

/** Bodies travel as the bytes that came in; PostgreSQL checks that they are JSON and keeps them as they are. */
async function mergeFewPayloads(manager: EntityManager, payloads: readonly FoldedPayload[]): Promise<void> {
  const width = PAYLOAD_COLUMNS.length;
  const rows = payloads.map((_, row) => {
    const casts = PAYLOAD_COLUMNS.map(({ pgType }, at) => `$${String(row * width + at + 1)}::${pgType}`);
    return `(${casts.join(',')})`;
  });
  const names = PAYLOAD_COLUMNS.map(({ column }) => column).join(',');
  await manager.query(
    payloadUpsertSql(`(VALUES ${rows.join(',')}) AS r(${names})`),
    payloads.flatMap((payload) => PAYLOAD_COLUMNS.map((column) => parameterOf(payload, column))),
  );
}

function parameterOf(payload: FoldedPayload, { pgType, read }: RowColumn<FoldedPayload>): unknown {
  const value = read(payload);
  return pgType === 'bytea' && typeof value === 'string' ? Buffer.from(value, 'hex') : value;
}

const keysOf = (fold: EventFold): string =>
  JSON.stringify(fold.traces.map(({ key: [project_id, trace_id] }) => ({ project_id, trace_id })));

/** Keys `project/trace` of those that are signed. */
async function findSigned(manager: EntityManager, fold: EventFold): Promise<ReadonlySet<string>> {
  const rows = rowsOf(await manager.query(FIND_SIGNED, [keysOf(fold)]));
  return new Set(rows.map((row) => `${String(row['project_id'])}/${String(row['trace_id'])}`));
}

async function markDirty(manager: EntityManager, fold: EventFold): Promise<void> {
  if (fold.traces.length === 0) return;
  await manager.query(MARK_DIRTY, [keysOf(fold), randomBytes(8).readBigInt64BE().toString()]);
}
