import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** First byte of an encrypted key; a plain one is 32 bytes long and has no such byte. */
const ENCRYPTED = 1;
const PLAIN_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Keeps signing keys encrypted (AES-256-GCM) where `STUDIO_SECRET` is set. Keys stored before it was set stay readable.
 */
export class SigningKeyVault {
  private readonly key: Buffer | null;

  constructor(secret: string | null) {
    this.key =
      secret === null ? null : Buffer.from(hkdfSync('sha256', secret, '', 'swisper-studio-signing-keys', 32));
  }

  /** What to store for a signing key. */
  seal(signingKey: Buffer): Buffer {
    if (this.key === null) return signingKey;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, iv);
    const sealed = Buffer.concat([cipher.update(signingKey), cipher.final()]);
    return Buffer.concat([Buffer.of(ENCRYPTED), iv, cipher.getAuthTag(), sealed]);
  }

  /** @throws Error when it was stored under another `STUDIO_SECRET` */
  open(stored: Buffer): Buffer {
    if (stored.length === PLAIN_BYTES) return stored;
    if (this.key === null || stored[0] !== ENCRYPTED) {
      throw new Error('A signing key was stored under STUDIO_SECRET, which is not set now');
    }
    const decipher = createDecipheriv('aes-256-gcm', this.key, stored.subarray(1, 1 + IV_BYTES));
    decipher.setAuthTag(stored.subarray(1 + IV_BYTES, 1 + IV_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(stored.subarray(1 + IV_BYTES + TAG_BYTES)), decipher.final()]);
  }
}
