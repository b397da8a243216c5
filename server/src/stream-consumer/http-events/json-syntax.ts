import { JSON_MAX_DEPTH } from 'swisper-studio/contract';

const SPACE = 0x20;
const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const LOWER_E = 0x65;
const LOWER_U = 0x75;
const SPACES = new Set([SPACE, 0x09, 0x0a, 0x0d]);
const ESCAPED = new Set(Buffer.from('"\\/bfnrt'));
const WORDS = new Map(['true', 'false', 'null'].map((word) => [word.charCodeAt(0), Buffer.from(word)]));
const HEX = /^[0-9a-f]{4}$/i;

/** Bytes that stand for themselves in a text. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
);

/**
 * Whether bytes are one JSON text, in a time that depends on their number only. `JSON.parse` knows as well, but makes the
 * value, and of a hostile text that takes it up to half a second per megabyte. Bytes that are no UTF-8 and nesting beyond
 * {@link JSON_MAX_DEPTH} are not its business: from there on it looks no further.
 */
export function isJsonText(bytes: Buffer): boolean {
  return new JsonSyntax(bytes).isText();
}

class JsonSyntax {
  private at = 0;
  private depth = 0;
  /** Opening bracket of each level. */
  private readonly open = new Uint8Array(JSON_MAX_DEPTH + 1);
  private readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  isText(): boolean {
    while (this.value()) {
      if (this.depth > JSON_MAX_DEPTH) return true;
      while (this.closes()) this.close();
      if (this.depth === 0) return this.next() === undefined;
      if (this.bytes[this.at] !== COMMA) return false;
      this.at++;
      if (this.isInObject() && !this.key()) return false;
    }
    return false;
  }

  /** Goes behind a scalar or an empty object or list, through all that open before it. */
  private value(): boolean {
    for (;;) {
      const byte = this.next();
      if (byte !== OPEN_OBJECT && byte !== OPEN_ARRAY) return this.scalar(byte);
      this.at++;
      this.open[++this.depth] = byte;
      if (this.depth > JSON_MAX_DEPTH) return true;
      if (this.closes()) {
        this.close();
        return true;
      }
      if (this.isInObject() && !this.key()) return false;
    }
  }

  private isInObject(): boolean {
    return this.open[this.depth] === OPEN_OBJECT;
  }

  /** Whether the innermost object or list ends here. */
  private closes(): boolean {
    const byte = this.next();
    return this.depth > 0 && byte === (this.isInObject() ? CLOSE_OBJECT : CLOSE_ARRAY);
  }

  private close(): void {
    this.at++;
    this.depth--;
  }

  private key(): boolean {
    if (this.next() !== QUOTE || !this.text() || this.next() !== COLON) return false;
    this.at++;
    return true;
  }

  private scalar(first: number | undefined): boolean {
    if (first === undefined) return false;
    if (first === QUOTE) return this.text();
    const word = first > NINE ? WORDS.get(first) : undefined;
    if (word === undefined) return this.number();
    const end = this.at + word.length;
    const isWord = this.bytes.compare(word, 0, word.length, this.at, Math.min(end, this.bytes.length)) === 0;
    this.at = end;
    return isWord;
  }

  private text(): boolean {
    const { bytes } = this;
    for (let at = this.at + 1; ;) {
      let byte = bytes[at] ?? 0;
      while (PLAIN[byte] === 1) byte = bytes[++at] ?? 0;
      this.at = at + 1;
      if (byte === QUOTE) return true;
      if (byte !== BACKSLASH || !this.escape()) return false;
      at = this.at;
    }
  }

  /** From behind the backslash. */
  private escape(): boolean {
    const byte = this.bytes[this.at++] ?? 0;
    if (byte !== LOWER_U) return ESCAPED.has(byte);
    this.at += 4;
    return HEX.test(this.bytes.toString('latin1', this.at - 4, this.at));
  }

  private number(): boolean {
    if (this.bytes[this.at] === MINUS) this.at++;
    if (this.bytes[this.at] === ZERO) this.at++;
    else if (!this.digits()) return false;
    if (this.bytes[this.at] === POINT) {
      this.at++;
      if (!this.digits()) return false;
    }
    if (((this.bytes[this.at] ?? 0) | 0x20) !== LOWER_E) return true;
    this.at++;
    const sign = this.bytes[this.at];
    if (sign === PLUS || sign === MINUS) this.at++;
    return this.digits();
  }

  /** Goes behind digits. @returns whether there are any */
  private digits(): boolean {
    const { bytes } = this;
    const start = this.at;
    for (let byte = bytes[start] ?? 0; byte >= ZERO && byte <= NINE; byte = bytes[++this.at] ?? 0);
    return this.at > start;
  }

  /** Skips white space. @returns the byte it stands at then */
  private next(): number | undefined {
    let byte = this.bytes[this.at];
    while (byte !== undefined && byte <= SPACE && SPACES.has(byte)) byte = this.bytes[++this.at];
    return byte;
  }
}
