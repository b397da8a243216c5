import { createHmac, createSecretKey, type Hmac, type KeyObject, timingSafeEqual } from 'node:crypto';

const KEY_PURPOSE = 'swisper-stream-v1';

/** One field of an entry; texts count as their UTF-8 bytes, as on the wire. */
export type EntryField = readonly [name: string, value: string | Buffer];

/** Signing key of an API key: HMAC-SHA256(api key, `swisper-stream-v1`), 32 bytes. Not the authentication hash. */
export const deriveSigningKey = (apiKey: string): Buffer =>
  createHmac('sha256', apiKey).update(KEY_PURPOSE).digest();

/** Made once per key: that is dearer than the digest of a small entry. */
const keyObjects = new WeakMap<Buffer, KeyObject>();

function keyObjectOf(signingKey: Buffer): KeyObject {
  const known = keyObjects.get(signingKey);
  if (known !== undefined) return known;
  const made = createSecretKey(signingKey);
  keyObjects.set(signingKey, made);
  return made;
}

/** Small pieces go to the digest together, because each call into the runtime costs more than digesting them. */
class Digest {
  private readonly hmac: Hmac;
  private at = 0;

  constructor(signingKey: Buffer) {
    this.hmac = createHmac('sha256', keyObjectOf(signingKey));
  }

  addText(text: string): void {
    this.room(text.length * 3);
    if (text.length * 3 > pieces.length) this.hmac.update(text);
    else this.at += pieces.write(text, this.at);
  }

  /** The length as unsigned 32-bit big endian, and the bytes. */
  addFramed(value: string | Buffer): void {
    this.room(4);
    this.at = pieces.writeUInt32BE(Buffer.byteLength(value), this.at);
    if (typeof value === 'string') return this.addText(value);
    this.room(value.length);
    if (value.length > pieces.length) this.hmac.update(value);
    else {
      pieces.set(value, this.at);
      this.at += value.length;
    }
  }

  end(): string {
    this.flush();
    return this.hmac.digest('base64url');
  }

  private room(bytes: number): void {
    if (this.at + bytes > pieces.length) this.flush();
  }

  private flush(): void {
    this.hmac.update(pieces.subarray(0, this.at));
    this.at = 0;
  }
}

/** One digest is made at a time, without a pause. */
const pieces = Buffer.allocUnsafeSlow(8 * 1024);

/**
 * Signature of an entry: base64url HMAC-SHA256 over the stream name, then every field but `sig` in entry order as
 * `len(name) name len(value) value`, lengths as unsigned 32-bit big endian.
 */
export function signFields(streamName: string, fields: Iterable<EntryField>, signingKey: Buffer): string {
  const digest = new Digest(signingKey);
  digest.addText(streamName);
  for (const [name, value] of fields) {
    if (name === 'sig') continue;
    digest.addFramed(name);
    digest.addFramed(value);
  }
  return digest.end();
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
