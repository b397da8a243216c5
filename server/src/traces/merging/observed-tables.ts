import type { BulkTable } from './bulk-rows.ts';
import type { FoldedPayload } from './event-fold.ts';
import { OBSERVATION_MERGE, TRACE_MERGE } from './merge-fields.ts';
import type { MergedRow } from './merged-row.ts';
import { OBSERVATION_COLUMNS, PAYLOAD_COLUMNS, TRACE_COLUMNS } from './row-columns.ts';
import { jsonSource, payloadUpsertSql, upsertSql } from './upsert-sql.ts';

/** A merged table with its statements, for rows in a stage and for few rows as `$1`. */
export interface ObservedTable extends BulkTable<MergedRow> {
  readonly mergeJsonSql: string;
}

export const TRACES: ObservedTable = {
  table: 'traces',
  stage: 'stage_traces',
  columns: TRACE_COLUMNS,
  mergeSql: upsertSql(TRACE_MERGE, TRACE_COLUMNS, 'pg_temp.stage_traces'),
  mergeJsonSql: upsertSql(TRACE_MERGE, TRACE_COLUMNS, jsonSource(TRACE_COLUMNS)),
};

export const OBSERVATIONS: ObservedTable = {
  table: 'observations',
  stage: 'stage_observations',
  columns: OBSERVATION_COLUMNS,
  mergeSql: upsertSql(OBSERVATION_MERGE, OBSERVATION_COLUMNS, 'pg_temp.stage_observations'),
  mergeJsonSql: upsertSql(OBSERVATION_MERGE, OBSERVATION_COLUMNS, jsonSource(OBSERVATION_COLUMNS)),
};

export const PAYLOADS: BulkTable<FoldedPayload> = {
  table: 'observation_payloads',
  stage: 'stage_payloads',
  columns: PAYLOAD_COLUMNS,
  mergeSql: payloadUpsertSql('pg_temp.stage_payloads'),
};
