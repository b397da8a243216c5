import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 4096;
const DIGITS_PER_ID = 19;
const VARIANTS = '89ab';

const bytes = Buffer.allocUnsafeSlow(POOL_BYTES);
let digits = '';
let offset = 0;

let lastMs = -1;
let lastPrefix = '';

/** The time's 48 bits and the version: the same for all ids of one millisecond. */
function prefixOf(timeMs: number): string {
  if (timeMs !== lastMs) {
    lastMs = timeMs;
    const time = Math.floor(timeMs).toString(16).padStart(12, '0');
    lastPrefix = `${time.slice(0, 8)}-${time.slice(8)}-7`;
  }
  return lastPrefix;
}

/** A UUIDv7 (time-ordered, so that rows of one time lie together); random digits are drawn in blocks. */
export function uuidV7(timeMs: number = Date.now()): string {
  if (offset + DIGITS_PER_ID > digits.length) {
    digits = randomFillSync(bytes).toString('hex');
    offset = 0;
  }
  const from = offset;
  offset += DIGITS_PER_ID;
  const variant = VARIANTS[digits.charCodeAt(from + 3) & 3] ?? '8';
  const random = `${digits.slice(from, from + 3)}-${variant}${digits.slice(from + 4, from + 7)}`;
  return `${prefixOf(timeMs)}${random}-${digits.slice(from + 7, offset)}`;
}
