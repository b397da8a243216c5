/** What a `Range` header asks for: part of the bytes, nothing that is there, or (null) everything. */
export type ByteRange = { start: number; end: number } | 'unsatisfiable' | null;

const SINGLE = /^bytes=(\d{0,15})-(\d{0,15})$/;

/**
 * Reads a single range; `end` is the last byte. Several ranges and other units are answered with everything, as
 * RFC 9110 allows.
 */
export function byteRange(header: string | undefined, size: number): ByteRange {
  const match = SINGLE.exec(header?.trim() ?? '');
  if (match === null) return null;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return null;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return null;
  return start >= size ? 'unsatisfiable' : { start, end };
}
