import { asDate, type Row, rowsOf } from '../../database/sql-rows.ts';
import type {
  AccountHourAnswer,
  EventAccountAnswer,
  EventCountsAnswer,
  ProducerAnswer,
} from './observability-dto.ts';

/** Of a number, or of a bigint, which arrives as text. */
const numberOf = (value: unknown): number => Number(value ?? 0);

function countsOf(value: unknown): Record<string, number> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(entries.map(([reason, count]) => [reason, Number(count)]));
}

function eventCountsOf(row: Row): EventCountsAnswer {
  return {
    received: numberOf(row['received']),
    stored: numberOf(row['stored']),
    duplicate: numberOf(row['duplicate']),
    unverified: numberOf(row['unverified']),
    rejected: countsOf(row['rejected']),
    switched_off: countsOf(row['switched_off']),
  };
}

export function eventAccountsOf(answer: unknown): EventAccountAnswer[] {
  return rowsOf(answer).map((row) => ({
    project_id: String(row['project_id']),
    ...eventCountsOf(row),
    missing: numberOf(row['missing']),
    missing_since: asDate(row['missing_since']),
  }));
}

export function accountHoursOf(answer: unknown): AccountHourAnswer[] {
  return rowsOf(answer).map((row) => ({
    instance_id: row['instance_id'] === '' ? null : String(row['instance_id']),
    hour: asDate(row['hour']) ?? new Date(0),
    ...eventCountsOf(row),
  }));
}

export function producersOf(answer: unknown): ProducerAnswer[] {
  return rowsOf(answer).map((row) => ({
    instance_id: String(row['instance_id']),
    verified: row['verified'] === true,
    highest: numberOf(row['highest']),
    announced: row['announced'] === null ? null : Number(row['announced']),
    missing: numberOf(row['missing']),
    missing_since: asDate(row['missing_since']),
    counters: row['counters'] as Record<string, unknown> | null,
    updated_at: asDate(row['updated_at']) ?? new Date(0),
  }));
}

export interface CountByLabel {
  readonly label: string;
  readonly count: number;
}

/** Rows of `label` and `count`. */
export function countsByLabelOf(answer: unknown): CountByLabel[] {
  return rowsOf(answer).map((row) => ({ label: String(row['label']), count: numberOf(row['count']) }));
}
