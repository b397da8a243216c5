import { isUtf8 } from 'node:buffer';
import { JSON_MAX_DEPTH } from 'swisper-studio/contract';

export { isValueDeeperThan } from '../../kernel/value-depth.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

export type JsonTextFault = 'invalid_utf8' | 'too_deep';

/**
 * What can be wrong with a JSON text before anybody parses it. Whether it is JSON is PostgreSQL's check when it is
 * stored.
 */
export function jsonTextFault(bytes: Buffer): JsonTextFault | null {
  if (!isUtf8(bytes)) return 'invalid_utf8';
  return isDeeperThan(bytes, JSON_MAX_DEPTH) ? 'too_deep' : null;
}

/** Whether arrays and objects nest deeper than `maxDepth`; brackets in strings do not count. */
export function isDeeperThan(bytes: Buffer, maxDepth: number): boolean {
  if (!hasMoreThan(bytes, OPEN_ARRAY, maxDepth / 2) && !hasMoreThan(bytes, OPEN_OBJECT, maxDepth / 2))
    return false;
  let depth = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfString(bytes, at);
    else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      if (++depth > maxDepth) return true;
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) depth--;
  }
  return false;
}

/** Native search is far faster than the scan, and nearly every payload has few brackets. */
function hasMoreThan(bytes: Buffer, byte: number, count: number): boolean {
  let at = -1;
  for (let found = 0; found <= count; found++) {
    at = bytes.indexOf(byte, at + 1);
    if (at === -1) return false;
  }
  return true;
}

/** Position of the quote that ends the string opened at `start`, or the end of the text. */
function endOfString(bytes: Buffer, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    if (bytes[at] === BACKSLASH) at++;
    else if (bytes[at] === QUOTE) return at;
  }
  return bytes.length;
}
