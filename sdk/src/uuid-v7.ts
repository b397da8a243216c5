import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 4096;
const BYTES_PER_ID = 10;

const pool = new Uint8Array(POOL_BYTES);
let offset = POOL_BYTES;

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function randomHex(count: number): string {
  let text = '';
  for (let i = 0; i < count; i += 1) text += hex[pool[offset + i] ?? 0] ?? '00';
  offset += count;
  return text;
}

/** A UUIDv7 (time-ordered, so that rows of one time lie together); random bytes are drawn in blocks. */
export function uuidV7(timeMs: number = Date.now()): string {
  if (offset + BYTES_PER_ID > POOL_BYTES) {
    randomFillSync(pool);
    offset = 0;
  }
  const time = Math.floor(timeMs).toString(16).padStart(12, '0');
  const variant = (((pool[offset] ?? 0) & 0x3f) | 0x80).toString(16);
  offset += 1;
  const random = randomHex(BYTES_PER_ID - 1);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(3, 5)}-${random.slice(5, 17)}`;
}
