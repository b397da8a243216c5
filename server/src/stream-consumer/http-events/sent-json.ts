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
  private readonly bytes: Buffer;
  private at: number;

  /** Stands at the first brace or bracket: what precedes it can only be space or a byte order mark. */
  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.at = 0;
    while (this.at < bytes.length && !this.opens()) this.at++;
  }

  /** Walks through the object it stands at; `onMember` is called at each value and reads or skips it. */
  object(onMember: (key: string) => void): void {
    if (this.bytes[this.at] !== OPEN_OBJECT) return this.skip();
    this.at++;
    while (this.next() !== CLOSE_OBJECT && this.at < this.bytes.length) {
      const key = this.key();
      if (this.next() === COLON) this.at++;
      this.next();
      const before = this.at;
      onMember(key);
      if (this.at === before) this.skip();
      if (this.next() === COMMA) this.at++;
    }
    this.at++;
  }

  isAtObject(): boolean {
    return this.bytes[this.at] === OPEN_OBJECT;
  }

  /**
   * Walks through the object it stands at; `onTaken` is called at each value whose key is taken, and reads or skips it.
   * @returns the text of the other members, each with a comma behind it
   */
  objectWithout(isTaken: (key: string) => boolean, onTaken: (key: string) => void): string {
    let rest = '';
    let restStart = -1;
    let restEnd = 0;
    const { bytes } = this;
    this.at++;
    while (this.next() !== CLOSE_OBJECT && this.at < bytes.length) {
      const keyStart = this.at;
      const key = this.key();
      if (this.next() === COLON) this.at++;
      this.next();
      if (isTaken(key)) {
        if (restStart !== -1) rest += `${bytes.toString('utf8', restStart, restEnd)},`;
        restStart = -1;
        onTaken(key);
      } else {
        this.skip();
        if (restStart === -1) restStart = keyStart;
        restEnd = this.at;
      }
      if (this.next() === COMMA) this.at++;
    }
    this.at++;
    return restStart === -1 ? rest : `${rest}${bytes.toString('utf8', restStart, restEnd)},`;
  }

  /** Walks through the list it stands at; `onItem` is called at each value and reads or skips it. */
  list(onItem: () => void): void {
    if (this.bytes[this.at] !== OPEN_ARRAY) return this.skip();
    this.at++;
    while (this.next() !== CLOSE_ARRAY && this.at < this.bytes.length) {
      const before = this.at;
      onItem();
      if (this.at === before) this.skip();
      if (this.next() === COMMA) this.at++;
    }
    this.at++;
  }

  /** The bytes of the value it stands at, a view. */
  value(): Buffer {
    const start = this.at;
    this.skip();
    return this.bytes.subarray(start, this.at);
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

  private key(): string {
    const start = this.at;
    this.skip();
    const text = this.bytes.toString('latin1', start + 1, this.at - 1);
    if (!text.includes('\\')) return text;
    const key: unknown = JSON.parse(this.bytes.toString('utf8', start, this.at));
    return String(key);
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
