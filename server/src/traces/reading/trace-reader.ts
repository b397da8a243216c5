import { Injectable } from '@nestjs/common';
import { isStatus, type Status } from 'swisper-studio/contract';
import { DataSource } from 'typeorm';
import { decodeCursor, DEFAULT_PAGE_SIZE, pageOf } from '../../http/page.ts';
import { DomainError, invalidField } from '../../kernel/domain-error.ts';
import { isUuid, NIL_UUID } from '../../kernel/uuid.ts';
import { formatTime, parseTime } from '../merging/event-time.ts';
import { isObservedId, traceIdOf } from '../merging/observed-id.ts';
import { asNumber, asText, asTexts, type Row, rowsOf } from '../../database/sql-rows.ts';
import { shortTime } from './times-sql.ts';
import { type PayloadAnswer, type TraceAnswer, type TraceDetailAnswer, type TracePage } from './trace-dto.ts';
import { TRACE_COLUMNS, traceListSql, type TracePosition } from './trace-list-sql.ts';
import type { TraceQuery } from './trace-query.ts';

const PAYLOADS_OF_TRACE = `
  SELECT kind, bytes FROM observation_payloads
  WHERE project_id = $1 AND trace_id = $2 AND observation_id = '${NIL_UUID}' ORDER BY kind`;

/** Reads traces: narrow rows only, never a payload. */
@Injectable()
export class TraceReader {
  private readonly dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.dataSource = dataSource;
  }

  /** One page, newest first. */
  async list(projectId: string, query: TraceQuery): Promise<TracePage> {
    const limit = query.limit ?? DEFAULT_PAGE_SIZE;
    const { sql, parameters } = traceListSql(projectId, query, { limit, after: positionOf(query.cursor) });
    const rows = rowsOf(await this.dataSource.query(sql, parameters));
    const page = pageOf(rows, limit, (row) => [String(row['start_time']), String(row['id'])]);
    return { items: page.items.map(traceAnswer), next_cursor: page.next_cursor };
  }

  /**
   * @param id a UUID, or the id the application sent
   * @throws DomainError `not_found`
   */
  async get(projectId: string, id: string): Promise<TraceDetailAnswer> {
    const traceId = traceKey(projectId, id);
    const sql = `SELECT ${TRACE_COLUMNS} FROM traces t WHERE t.project_id = $1 AND t.id = $2`;
    const [row] = rowsOf(await this.dataSource.query(sql, [projectId, traceId]));
    if (row === undefined) throw traceNotFound();
    const payloads = rowsOf(await this.dataSource.query(PAYLOADS_OF_TRACE, [projectId, traceId]));
    return { ...traceAnswer(row), payloads: payloads.map(payloadAnswer) };
  }

  /** @throws DomainError `not_found` */
  async statusOf(projectId: string, traceId: string): Promise<Status> {
    const sql = 'SELECT status::text FROM traces WHERE project_id = $1 AND id = $2';
    const [row] = rowsOf(await this.dataSource.query(sql, [projectId, traceId]));
    const status = row?.['status'];
    if (!isStatus(status)) throw traceNotFound();
    return status;
  }
}

export function traceNotFound(): DomainError {
  return new DomainError('not_found', 'Trace not found');
}

/** Key of the trace an id in a path or query names. What cannot be an id names none. */
export function traceKey(projectId: string, id: string): string {
  if (!isObservedId(id)) throw traceNotFound();
  return traceIdOf(projectId, id).id;
}

/** Where a cursor of start time and id points to. */
export function positionOf(cursor: string | undefined): TracePosition | null {
  const key = decodeCursor(cursor, 2);
  if (key === null) return null;
  const [startTime = '', id = ''] = key;
  const time = parseTime(startTime);
  if (time === null || !isUuid(id)) {
    throw invalidField('cursor', 'must be the next_cursor of an earlier page');
  }
  return [formatTime(time), id];
}

export function payloadAnswer(row: Row): PayloadAnswer {
  return { kind: String(row['kind']), bytes: asNumber(row['bytes']) };
}

/** A time column that was read as text. */
export function timeOf(value: unknown): string | null {
  const text = asText(value);
  return text === null ? null : shortTime(text);
}

const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);

function traceAnswer(row: Row): TraceAnswer {
  return {
    id: String(row['id']),
    project_id: String(row['project_id']),
    original_id: asText(row['original_id']),
    name: asText(row['name']),
    user_id: asText(row['user_id']),
    session_id: asText(row['session_id']),
    tags: asTexts(row['tags']),
    environment: asText(row['environment']),
    version: asText(row['version']),
    instance_id: asText(row['instance_id']),
    start_time: timeOf(row['start_time']) ?? '',
    end_time: timeOf(row['end_time']),
    end_time_inferred: row['end_time_inferred'] === true,
    duration_ms: numberOf(row['duration_ms']),
    status: String(row['status']),
    level: String(row['level']),
    status_message: asText(row['status_message']),
    observation_count: asNumber(row['observation_count']),
    error_count: asNumber(row['error_count']),
    input_tokens: numberOf(row['input_tokens']),
    output_tokens: numberOf(row['output_tokens']),
    total_tokens: numberOf(row['total_tokens']),
    input_cost: numberOf(row['input_cost']),
    output_cost: numberOf(row['output_cost']),
    total_cost: numberOf(row['total_cost']),
    last_activity_at: timeOf(row['last_activity_at']) ?? '',
    received_at: timeOf(row['received_at']) ?? '',
    marks: asTexts(row['marks']),
  };
}
