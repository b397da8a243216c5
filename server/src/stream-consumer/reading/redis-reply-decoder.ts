/** A nested answer; empty where it is none. */
export function listOf(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? (reply as unknown[]) : [];
}

/** An answer of alternating names and values, as XINFO gives them. */
export function pairsOf(reply: unknown): Map<string, unknown> {
  const flat = listOf(reply);
  const pairs = new Map<string, unknown>();
  for (let at = 0; at + 1 < flat.length; at += 2) pairs.set(String(flat[at]), flat[at + 1]);
  return pairs;
}

/** The answer of TIME in ms since 1970. */
export function redisTimeMs(reply: unknown): number {
  const [seconds, micros] = listOf(reply);
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
}
