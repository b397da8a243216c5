/** A row of a plain SQL query. */
export type Row = Readonly<Record<string, unknown>>;

/** The rows of a plain SQL query's answer. */
export function rowsOf(answer: unknown): Row[] {
  return Array.isArray(answer) ? answer.filter(isRow) : [];
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null;
}

/** How many rows an UPDATE or DELETE changed, which TypeORM answers beside the rows themselves. */
export function affectedRows(answer: unknown): number {
  return Array.isArray(answer) ? asNumber(answer[1]) : 0;
}

/** One text column of all rows. */
export function textsOf(answer: unknown, column: string): string[] {
  return rowsOf(answer).map((row) => String(row[column]));
}

/** A text column; null where it is null. */
export function asText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** A number column; 0 where it is null or there is no row. */
export function asNumber(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

/** A list-of-texts column. */
export function asTexts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** A time column. */
export function asDate(value: unknown): Date | null {
  return value instanceof Date ? value : null;
}
