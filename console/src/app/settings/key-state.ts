import type { ApiKey } from '../api/model.ts';

export type KeyState = 'live' | 'expired' | 'revoked';

/** Whether a key is accepted at this moment. */
export function keyState(key: Pick<ApiKey, 'revoked_at' | 'expires_at'>, nowMs: number): KeyState {
  if (key.revoked_at !== null) return 'revoked';
  return key.expires_at !== null && Date.parse(key.expires_at) <= nowMs ? 'expired' : 'live';
}

/** End of a key made now that lives for so many days; undefined: it does not expire. */
export function expiryAfter(days: number, nowMs: number): string | undefined {
  return days === 0 ? undefined : new Date(nowMs + days * 86_400_000).toISOString();
}
