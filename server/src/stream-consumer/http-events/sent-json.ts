const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;

const SHORT_TEXT_BYTES = 32;

/**
 * Walks through a JSON text that is known to be valid without reading its values, to find where they stand in it. On
 * anything else its answers mean nothing, but it ends.
 */
export class SentJson {
  /** Where it stands: the place of a byte. */
  at = 0;
  /** Where the key of the member it stands at begins. */
  keyStart = 0;
  private readonly bytes: Buffer;
  private keyEnd = 0;

  /** Stands at the first brace or bracket: what precedes it can only be space or a byte order mark. */
  constructor(bytes: Buffer) {
    this.bytes = bytes;
    while (this.at < bytes.length && !this.opens()) this.at++;
  }

  isAtObject(): boolean {
    return this.bytes[this.at] === OPEN_OBJECT;
  }

  isAtList(): boolean {
    return this.bytes[this.at] === OPEN_ARRAY;
  }

  /** Goes into the object or list it stands at. */
  enter(): void {
    this.at++;
  }

  /** From within an object goes to the value of its next member. @returns false when it went behind the object instead */
  nextMember(): boolean {
    if (!this.nextItem()) return false;
    this.keyStart = this.at;
    this.skip();
    this.keyEnd = this.at;
    if (this.next() === COLON) this.at++;
    this.next();
    return true;
  }

  /** From within a list goes to its next item. @returns false when it went behind the list instead */
  nextItem(): boolean {
    let byte = this.next();
    if (byte === COMMA) {
      this.at++;
      byte = this.next();
    }
    if (byte !== undefined && byte !== CLOSE_OBJECT && byte !== CLOSE_ARRAY) return true;
    this.at++;
    return false;
  }

  /** Commas outside texts from here to the end: about as many as there are values. */
  countCommas(): number {
    const { bytes } = this;
    let commas = 0;
    while (this.at < bytes.length) {
      const byte = bytes[this.at];
      if (byte === QUOTE) this.skipText();
      else {
        if (byte === COMMA) commas++;
        this.at++;
      }
    }
    return commas;
  }

  /** Whether the key of the member it stands at may be one of these lengths and first bytes, see {@link keyHint}. */
  mayBeKey(hints: ReadonlySet<number>): boolean {
    const { bytes, keyStart } = this;
    const length = this.keyEnd - keyStart - 2;
    return hints.has(hintOf(length, bytes[keyStart + 1] ?? 0)) || this.keyIsEscaped();
  }

  /** The key of the member it stands at. */
  key(): string {
    const { bytes, keyStart, keyEnd } = this;
    if (!this.keyIsEscaped()) return bytes.toString('latin1', keyStart + 1, keyEnd - 1);
    const key: unknown = JSON.parse(bytes.toString('utf8', keyStart, keyEnd));
    return String(key);
  }

  /** Goes behind the value it stands at, by one byte at least. */
  skip(): void {
    const { bytes } = this;
    const start = this.at;
    if (bytes[start] === QUOTE) return this.skipText();
    if (this.opens()) return this.skipNested();
    while (this.at < bytes.length && !this.endsScalar()) this.at++;
    if (this.at === start) this.at++;
  }

  private skipNested(): void {
    const { bytes } = this;
    let depth = 0;
    while (this.at < bytes.length) {
      const byte = bytes[this.at];
      if (byte === QUOTE) this.skipText();
      else {
        this.at++;
        if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++;
        else if ((byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) && --depth === 0) return;
      }
    }
  }

  /** Short texts byte by byte; in long ones native search is far faster. */
  private skipText(): void {
    const { bytes } = this;
    const end = Math.min(this.at + SHORT_TEXT_BYTES, bytes.length);
    let at = this.at + 1;
    while (at < end) {
      const byte = bytes[at++];
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) {
        this.at = at;
        return;
      }
    }
    this.at = this.endOfText(at);
  }

  /** @param from a place inside a text that no backslash precedes. @returns the place behind its closing quote */
  private endOfText(from: number): number {
    const { bytes } = this;
    for (let at = from; ;) {
      const quote = bytes.indexOf(QUOTE, at);
      if (quote === -1) return bytes.length;
      let backslashes = 0;
      while (quote - backslashes > from && bytes[quote - backslashes - 1] === BACKSLASH) backslashes++;
      if (backslashes % 2 === 0) return quote + 1;
      at = quote + 1;
    }
  }

  private keyIsEscaped(): boolean {
    const { bytes, keyEnd } = this;
    for (let at = this.keyStart + 1; at < keyEnd; at++) if (bytes[at] === BACKSLASH) return true;
    return false;
  }

  /** Skips white space. @returns the byte it stands at then */
  private next(): number | undefined {
    let byte = this.bytes[this.at];
    while (byte !== undefined && byte <= SPACE) byte = this.bytes[++this.at];
    return byte;
  }

  private opens(): boolean {
    const byte = this.bytes[this.at];
    return byte === OPEN_OBJECT || byte === OPEN_ARRAY;
  }

  private endsScalar(): boolean {
    const byte = this.bytes[this.at] ?? 0;
    return byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY || byte <= SPACE;
  }
}

/** What tells a plain key from nearly all others without reading it: its length and its first byte. */
export function keyHint(key: string): number {
  return hintOf(key.length, key.charCodeAt(0));
}

const hintOf = (length: number, firstByte: number): number => length * 256 + firstByte;
