const partOf = (error: unknown, name: 'code' | 'name' | 'cause' | 'errors'): unknown =>
  typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;

/**
 * The system's code of a failed fetch, which stands in its cause or in the first cause of several attempts; `TIMEOUT`
 * when the time was up; empty when there is none.
 */
export function errorCode(error: unknown, depth = 0): string {
  if (partOf(error, 'name') === 'TimeoutError') return 'TIMEOUT';
  const code = partOf(error, 'code');
  if (typeof code === 'string') return code === 'UND_ERR_CONNECT_TIMEOUT' ? 'TIMEOUT' : code;
  const errors = partOf(error, 'errors');
  const next: unknown = Array.isArray(errors) ? errors[0] : partOf(error, 'cause');
  return next === undefined || depth > 3 ? '' : errorCode(next, depth + 1);
}
