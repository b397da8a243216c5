import type { RefusalReason } from '../decoding/refusal.ts';

const DATA_CLASSES = new Set(['22', '23', '21', '54']);
const STATEMENT_TIMEOUT = '57014';
const REASONS = new Map<string, RefusalReason>([
  ['22021', 'invalid_utf8'],
  ['54001', 'too_deep'],
]);

/** SQLSTATE of a database error; null for everything else. */
export function sqlStateOf(error: unknown): string | null {
  const cause: unknown = error instanceof Error && 'driverError' in error ? error.driverError : error;
  if (!(cause instanceof Error) || !('code' in cause) || typeof cause.code !== 'string') return null;
  return /^[0-9A-Z]{5}$/.test(cause.code) ? cause.code : null;
}

/** Whether what was to be stored is at fault, so that trying it again never helps. Everything else may pass. */
export function isDataError(error: unknown): boolean {
  return DATA_CLASSES.has(sqlStateOf(error)?.slice(0, 2) ?? '');
}

/** Whether storing less at a time may help. */
export function isWorthSplitting(error: unknown): boolean {
  return isDataError(error) || sqlStateOf(error) === STATEMENT_TIMEOUT;
}

/** What a single event that the database refuses is put down as. */
export function reasonOfDataError(error: unknown): RefusalReason {
  return REASONS.get(sqlStateOf(error) ?? '') ?? 'data_error';
}
