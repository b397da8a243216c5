import { createHash } from 'node:crypto';

const KEY_ID_BYTES = 8;
const SECRET_BYTES = 32;
const FORMAT = /^(sws_([0-9a-f]{16})_[0-9a-f]{64})([0-9a-f]{8})$/;

const checksumOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);

/**
 * A new API key: `sws_<16 hex key id>_<64 hex secret><8 hex checksum>`. The checksum (first 8 hex digits of SHA-256 over
 * what precedes it) lets a typing error be told from a revoked key without a look-up.
 * @param randomBytes cryptographic source, `node:crypto`'s in production
 */
export function createApiKey(randomBytes: (size: number) => Uint8Array): { apiKey: string; keyId: string } {
  const keyId = Buffer.from(randomBytes(KEY_ID_BYTES)).toString('hex');
  const unchecked = `sws_${keyId}_${Buffer.from(randomBytes(SECRET_BYTES)).toString('hex')}`;
  return { apiKey: unchecked + checksumOf(unchecked), keyId };
}

/** The key id of a well-formed API key; null when the form or the checksum is wrong. Says nothing about validity. */
export function parseApiKey(text: string): { keyId: string } | null {
  const [, unchecked, keyId, checksum] = FORMAT.exec(text) ?? [];
  if (unchecked === undefined || keyId === undefined || checksumOf(unchecked) !== checksum) return null;
  return { keyId };
}
