import { randomBytes } from 'node:crypto';
import type { ClientBase } from 'pg';
import type { EntityManager } from 'typeorm';
import { type EventFold, type FoldedPayload, foldEvents } from './event-fold.ts';
import type { MergeEvent } from './merge-event.ts';
import { OBSERVATION_MERGE, TRACE_MERGE } from './merge-fields.ts';
import type { MergedRow } from './merged-row.ts';
import {
  OBSERVATION_COLUMNS,
  PAYLOAD_COLUMNS,
  recordOf,
  type RowColumn,
  TRACE_COLUMNS,
} from './row-columns.ts';
import { clientOf, RowStage } from './row-stage.ts';
import { jsonSource, payloadUpsertSql, upsertSql } from './upsert-sql.ts';
import { rowsOf } from '../sql-rows.ts';

/** From this many rows of one kind on, a stage is cheaper than parameters. */
const STAGE_ROWS = 200;
/** Rows of one payload statement; 8 parameters each, of at most 65,535. */
const PAYLOAD_ROWS = 500;

const TRACES = {
  stage: 'stage_traces',
  columns: TRACE_COLUMNS,
  upsertSql: upsertSql(TRACE_MERGE, TRACE_COLUMNS, 'pg_temp.stage_traces'),
  jsonSql: upsertSql(TRACE_MERGE, TRACE_COLUMNS, jsonSource(TRACE_COLUMNS)),
};
const OBSERVATIONS = {
  stage: 'stage_observations',
  columns: OBSERVATION_COLUMNS,
  upsertSql: upsertSql(OBSERVATION_MERGE, OBSERVATION_COLUMNS, 'pg_temp.stage_observations'),
  jsonSql: upsertSql(OBSERVATION_MERGE, OBSERVATION_COLUMNS, jsonSource(OBSERVATION_COLUMNS)),
};
const PAYLOADS = {
  stage: 'stage_payloads',
  columns: PAYLOAD_COLUMNS,
  upsertSql: payloadUpsertSql('pg_temp.stage_payloads'),
};

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
 */
export class TraceWriter {
  private readonly stage = new RowStage([TRACES, OBSERVATIONS, PAYLOADS]);
  private readonly stageRows: number;

  /** @param stageRows from so many rows of one table on they go through a stage */
  constructor(stageRows = STAGE_ROWS) {
    this.stageRows = stageRows;
  }

  /**
   * Part of the caller's transaction. Any order of events, any number of deliveries, end in the same rows. What is not
   * signed comes after what is, changes nothing that is signed, and adds nothing to a signed trace.
   */
  async store(manager: EntityManager, events: readonly MergeEvent[]): Promise<void> {
    const signed = events.filter(({ isSigned }) => isSigned);
    if (signed.length > 0) await this.storeFold(manager, foldEvents(signed));
    if (signed.length === events.length) return;
    await this.storeUnsigned(manager, foldEvents(events.filter(({ isSigned }) => !isSigned)));
  }

  private async storeFold(manager: EntityManager, fold: EventFold): Promise<void> {
    const client = await this.stageFor(manager, fold);
    await this.storeRows(manager, client, TRACES, fold.traces);
    await this.storeBelowTraces(manager, client, fold);
    await markDirty(manager, fold);
  }

  /** The traces first: from then on they are locked, and whether they are signed stays as it is. */
  private async storeUnsigned(manager: EntityManager, fold: EventFold): Promise<void> {
    const client = await this.stageFor(manager, fold);
    await this.storeRows(manager, client, TRACES, fold.traces);
    const signed = await findSigned(manager, fold);
    const isOpen = ({ key: [projectId, traceId] }: { key: readonly string[] }): boolean =>
      !signed.has(`${projectId ?? ''}/${traceId ?? ''}`);
    const open: EventFold = {
      traces: fold.traces.filter(isOpen),
      observations: fold.observations.filter(isOpen),
      payloads: fold.payloads.filter(isOpen),
    };
    await this.storeBelowTraces(manager, client, open);
    await markDirty(manager, open);
  }

  /** The connection, with stages made ready, where the fold is worth them; else null. */
  private async stageFor(manager: EntityManager, fold: EventFold): Promise<ClientBase | null> {
    const rows = Math.max(fold.traces.length, fold.observations.length, fold.payloads.length);
    const client = rows < this.stageRows ? null : await clientOf(manager);
    if (client !== null) await this.stage.prepare(client);
    return client;
  }

  private async storeBelowTraces(
    manager: EntityManager,
    client: ClientBase | null,
    { observations, payloads }: EventFold,
  ): Promise<void> {
    await this.storeRows(manager, client, OBSERVATIONS, observations);
    if (client !== null && payloads.length >= this.stageRows) return this.stage.merge(client, PAYLOADS, payloads);
    for (let at = 0; at < payloads.length; at += PAYLOAD_ROWS) {
      await storePayloads(manager, payloads.slice(at, at + PAYLOAD_ROWS));
    }
  }

  private async storeRows(
    manager: EntityManager,
    client: ClientBase | null,
    table: typeof TRACES,
    rows: readonly MergedRow[],
  ): Promise<void> {
    if (client !== null && rows.length >= this.stageRows) return this.stage.merge(client, table, rows);
    if (rows.length === 0) return;
    await manager.query(table.jsonSql, [JSON.stringify(rows.map((row) => recordOf(row, table.columns)))]);
  }
}

/** Bodies travel as the bytes that came in; PostgreSQL checks that they are JSON and keeps them as they are. */
async function storePayloads(manager: EntityManager, payloads: readonly FoldedPayload[]): Promise<void> {
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
