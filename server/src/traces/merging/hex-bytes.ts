const HYPHEN = 0x2d;
/** Value of each character code that is a hexadecimal digit. */
const VALUES = new Uint8Array(128);
[...'0123456789abcdef'].forEach((digit, value) => {
  VALUES[digit.charCodeAt(0)] = value;
  VALUES[digit.toUpperCase().charCodeAt(0)] = value;
});

/**
 * Writes the bytes that hexadecimal digits spell, where they are few (a UUID, a version) faster than a call into the
 * runtime does.
 * @param text digits only, but for hyphens between bytes
 * @returns where the next byte goes
 */
function writeHex(bytes: Uint8Array, at: number, text: string): number {
  let end = at;
  for (let char = 0; char < text.length; char += 2) {
    if (text.charCodeAt(char) === HYPHEN) char++;
    bytes[end++] = ((VALUES[text.charCodeAt(char)] ?? 0) << 4) | (VALUES[text.charCodeAt(char + 1)] ?? 0);
  }
  return end;
}

/** Longest digits worth remembering: a version. */
const MEMO_BYTES = 24;

/** Writes digits that are mostly those of the time before: the key of a trace, row after row. */
export class HexMemo {
  private text = '';
  private length = 0;
  private readonly bytes = new Uint8Array(MEMO_BYTES);

  /** As `writeHex`. */
  write(bytes: Uint8Array, at: number, text: string): number {
    if (text !== this.text) {
      const end = writeHex(bytes, at, text);
      if (end - at <= MEMO_BYTES) this.remember(bytes, at, end, text);
      return end;
    }
    for (let byte = 0; byte < this.length; byte++) bytes[at + byte] = this.bytes[byte] ?? 0;
    return at + this.length;
  }

  private remember(bytes: Uint8Array, at: number, end: number, text: string): void {
    this.text = text;
    this.length = end - at;
    for (let byte = at; byte < end; byte++) this.bytes[byte - at] = bytes[byte] ?? 0;
  }
}
