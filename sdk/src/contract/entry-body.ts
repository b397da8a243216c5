/** Most UTF-8 bytes of one UTF-16 unit. */
const MAX_BYTES_PER_UNIT = 3;
const MAX_BYTES_PER_CHARACTER = 4;
/** What memory that had to be made larger has room for beyond that: headers come behind the payloads. */
const SPARE_BYTES = 64 * 1024;

/**
 * `h` and `p` of one entry, put together event by event. Payloads become bytes as they come, which tells how many they are, so
 * that no text is gone through twice. Headers may come last: only payloads can be taken back.
 */
export class EntryBody {
  private readonly headers: object[] = [];
  private memory: Buffer;
  private at = 0;
  private lastText: string | undefined;
  private lastAt = 0;
  private failure: Error | undefined;
  private failedAt = 0;

  /** @param memory for both; where it is too small, larger is made */
  constructor(memory: Buffer) {
    this.memory = memory;
  }

  /** Bytes of all payloads so far. */
  get payloadBytes(): number {
    return this.at;
  }

  /**
   * The next payload. Never throws: what goes wrong is thrown by `written`.
   * @param bytes of the text in UTF-8, where that is known
   * @returns them
   */
  addPayload(text: string, bytes?: number): number {
    const from = this.at;
    try {
      // A state handed on from step to step comes again and again: its bytes are copied instead of encoded anew.
      this.at = text === this.lastText ? this.repeatLast() : this.write(text, bytes);
      this.lastText = text;
      this.lastAt = from;
      if (bytes !== undefined && this.at - from !== bytes)
        throw new RangeError('a payload has not the bytes it was said to have');
      return this.at - from;
    } catch (error) {
      if (this.failure === undefined) this.failedAt = from;
      this.failure ??= error instanceof Error ? error : new Error(String(error));
      return bytes ?? Buffer.byteLength(text);
    }
  }

  /** Takes the last payloads back. @param payloadBytes of those that stay */
  cutTo(payloadBytes: number): void {
    this.at = payloadBytes;
    this.lastText = undefined;
    if (this.failedAt >= payloadBytes) this.failure = undefined;
  }

  /** The next event's. @param header with its `pl` */
  addHeader(header: object): void {
    this.headers.push(header);
  }

  /** The number of events, their headers (a JSON array) and payloads. Throws what an event made fail. */
  written(): { n: number; h: Buffer; p: Buffer } {
    if (this.failure !== undefined) throw this.failure;
    const headers = JSON.stringify(this.headers);
    const end = this.at;
    const headersEnd = this.write(headers);
    const { memory } = this;
    return { n: this.headers.length, h: memory.subarray(end, headersEnd), p: memory.subarray(0, end) };
  }

  /** @returns where the next one goes */
  private repeatLast(): number {
    const { lastAt: from, at: to } = this;
    this.makeRoom(to - from);
    this.memory.copyWithin(to, from, to);
    return to + to - from;
  }

  private write(text: string, bytes?: number): number {
    if (this.at + text.length * MAX_BYTES_PER_UNIT > this.memory.length)
      // With room for one more character, so that a text that has more bytes than was said is not taken for one that fits.
      this.makeRoom((bytes ?? Buffer.byteLength(text)) + MAX_BYTES_PER_CHARACTER);
    // As many bytes as characters: plain ASCII, which is the same in Latin-1, and quicker.
    return this.at + this.memory.write(text, this.at, bytes === text.length ? 'latin1' : 'utf8');
  }

  private makeRoom(bytes: number): void {
    const needed = this.at + bytes;
    if (needed <= this.memory.length) return;
    const larger = Buffer.allocUnsafeSlow(needed + SPARE_BYTES);
    this.memory.copy(larger, 0, 0, this.at);
    this.memory = larger;
  }
}
