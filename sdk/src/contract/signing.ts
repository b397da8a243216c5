import { createHmac, timingSafeEqual } from 'node:crypto';

const KEY_PURPOSE = 'swisper-stream-v1';

/** One field of an entry; texts count as their UTF-8 bytes, as on the wire. */
export type EntryField = readonly [name: string, value: string | Buffer];

/** Signing key of an API key: HMAC-SHA256(api key, `swisper-stream-v1`), 32 bytes. Not the authentication hash. */
export const deriveSigningKey = (apiKey: string): Buffer =>
  createHmac('sha256', apiKey).update(KEY_PURPOSE).digest();

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const lengthPrefixed = (value: string | Buffer): Buffer[] => {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return [uint32(bytes.length), bytes];
};

/**
 * Signature of an entry: base64url HMAC-SHA256 over the stream name, then every field but `sig` in entry order as
 * `len(name) name len(value) value`, lengths as unsigned 32-bit big endian.
 */
export function signFields(streamName: string, fields: Iterable<EntryField>, signingKey: Buffer): string {
  const hmac = createHmac('sha256', signingKey).update(streamName);
  for (const [name, value] of fields) {
    if (name === 'sig') continue;
    for (const piece of lengthPrefixed(name)) hmac.update(piece);
    for (const piece of lengthPrefixed(value)) hmac.update(piece);
  }
  return hmac.digest('base64url');
}

/** Whether the field `sig` signs the others, compared in constant time. False without a `sig`. */
export function verifyFields(
  streamName: string,
  fields: ReadonlyMap<string, Buffer>,
  signingKey: Buffer,
): boolean {
  const given = fields.get('sig');
  if (given === undefined) return false;
  const expected = Buffer.from(signFields(streamName, fields, signingKey));
  return given.length === expected.length && timingSafeEqual(given, expected);
}
