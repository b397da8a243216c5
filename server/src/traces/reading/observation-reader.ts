import { Injectable } from '@nestjs/common';
import type { Status } from 'swisper-studio/contract';
import { DataSource } from 'typeorm';
import { pageOf } from '../../http/page.ts';
import { MAX_OBSERVATIONS, type ObservationQuery } from './observation-query.ts';
import { asText, asTexts, type Row, rowsOf } from '../../database/sql-rows.ts';
import { durationMs, timeText } from './times-sql.ts';
import { type ObservationAnswer, type ObservationPage, type PayloadAnswer } from './trace-dto.ts';
import { payloadAnswer, positionOf, timeOf, TraceReader, traceKey } from './trace-reader.ts';
import { observationStatus } from '../rollup/trace-status.ts';

const SELECT = `
  SELECT o.project_id, o.trace_id, o.id, o.original_id, o.parent_observation_id, o.name, o.type, o.model,
         o.model_parameters, o.usage, o.cost, ${timeText('o.start_time')} AS start_time,
         ${timeText('o.end_time')} AS end_time, ${timeText('o.completion_start_time')} AS completion_start_time,
         ${durationMs('o.start_time', 'o.end_time')} AS duration_ms, o.level::text, o.reported_status,
         o.status_message, o.marks
  FROM observations o WHERE o.project_id = $1 AND o.trace_id = $2`;
const ORDERED = `ORDER BY o.start_time, o.id LIMIT $3`;
const AFTER = `AND (o.start_time, o.id) > ($4::timestamptz, $5::uuid)`;

/** From the index alone: sizes, never contents. */
const PAYLOADS = `
  SELECT observation_id, kind, bytes FROM observation_payloads WHERE project_id = $1 AND trace_id = $2
  ORDER BY observation_id, kind`;

/** Reads the structure of a trace. */
@Injectable()
export class ObservationReader {
  private readonly dataSource: DataSource;
  private readonly traces: TraceReader;

  constructor(dataSource: DataSource, traces: TraceReader) {
    this.dataSource = dataSource;
    this.traces = traces;
  }

  /**
   * Observations in order of their start.
   * @throws DomainError `not_found` when there is no such trace
   */
  async list(projectId: string, query: ObservationQuery): Promise<ObservationPage> {
    const traceId = traceKey(projectId, query.trace_id);
    const after = positionOf(query.cursor);
    const limit = query.limit ?? MAX_OBSERVATIONS;
    const status = await this.traces.statusOf(projectId, traceId);
    const sql = [SELECT, ...(after === null ? [] : [AFTER]), ORDERED].join(' ');
    const [answer, payloads] = await Promise.all([
      this.dataSource.query<unknown>(sql, [projectId, traceId, limit + 1, ...(after ?? [])]),
      this.payloadsByObservation(projectId, traceId),
    ]);
    const rows = rowsOf(answer);
    const page = pageOf(rows, limit, (row) => [String(row['start_time']), String(row['id'])]);
    const items = page.items.map((row) =>
      observationAnswer(row, status, payloads.get(String(row['id'])) ?? []),
    );
    return { items, next_cursor: page.next_cursor };
  }

  private async payloadsByObservation(
    projectId: string,
    traceId: string,
  ): Promise<Map<string, PayloadAnswer[]>> {
    const byObservation = new Map<string, PayloadAnswer[]>();
    for (const row of rowsOf(await this.dataSource.query(PAYLOADS, [projectId, traceId]))) {
      const id = String(row['observation_id']);
      const known = byObservation.get(id);
      if (known === undefined) byObservation.set(id, [payloadAnswer(row)]);
      else known.push(payloadAnswer(row));
    }
    return byObservation;
  }
}

function observationAnswer(row: Row, ofTrace: Status, payloads: PayloadAnswer[]): ObservationAnswer {
  const level = asText(row['level']);
  const duration = row['duration_ms'];
  const hasEnd = row['end_time'] !== null;
  return {
    id: String(row['id']),
    original_id: asText(row['original_id']),
    project_id: String(row['project_id']),
    trace_id: String(row['trace_id']),
    parent_observation_id: asText(row['parent_observation_id']),
    name: asText(row['name']),
    type: asText(row['type']) ?? 'SPAN',
    start_time: timeOf(row['start_time']) ?? '',
    end_time: timeOf(row['end_time']),
    completion_start_time: timeOf(row['completion_start_time']),
    duration_ms: typeof duration === 'number' ? duration : null,
    status: observationStatus({ hasEnd, reportedStatus: asText(row['reported_status']), level }, ofTrace),
    level: level ?? 'DEFAULT',
    status_message: asText(row['status_message']),
    model: asText(row['model']),
    model_parameters: asObject(row['model_parameters']),
    usage: asObject(row['usage']),
    cost: asObject(row['cost']),
    payloads,
    marks: asTexts(row['marks']),
  };
}

function asObject(value: unknown): object | null {
  return typeof value === 'object' ? value : null;
}
