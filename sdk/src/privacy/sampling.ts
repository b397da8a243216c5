const UUID_DASHES = /^([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$/i;
const UUID_HEX = /^[0-9a-f]{32}$/i;
const UINT32 = 2 ** 32;

/** A UUID may be written in several ways and is one trace. */
function canonicalId(traceId: string): string {
  if (traceId.length === 36) return traceId.replace(UUID_DASHES, '$1$2$3$4$5').toLowerCase();
  return UUID_HEX.test(traceId) ? traceId.toLowerCase() : traceId;
}

/** FNV-1a over the UTF-16 units, then murmur3's finaliser, so that ids which differ in one digit are far apart. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * Whether a trace is recorded. The id alone decides, so every process that sees the id decides alike, and a trace kept at
 * one rate is kept at every higher rate.
 * @param rate share of the traces that are kept, 0 to 1
 */
export const isSampled = (traceId: string, rate: number): boolean =>
  rate >= 1 || (rate > 0 && hash32(canonicalId(traceId)) < rate * UINT32);
