/** An answer of alternating names and values, as XINFO gives them. */
export function pairsOf(reply: unknown): Map<string, unknown> {
  const flat: readonly unknown[] = Array.isArray(reply) ? (reply as unknown[]) : [];
  const pairs = new Map<string, unknown>();
  for (let at = 0; at + 1 < flat.length; at += 2) pairs.set(String(flat[at]), flat[at + 1]);
  return pairs;
}

/** The answer of TIME in ms since 1970. */
export function redisTimeMs(reply: unknown): number {
  const [seconds, micros] = Array.isArray(reply) ? (reply as unknown[]) : [];
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
}
