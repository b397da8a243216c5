/** Start and the number after the end. */
type Span = readonly [start: number, end: number];

const SPAN = /\[(\d+),(\d+)\)/g;

/** What was forgotten to keep a set small. */
export interface ForgottenHoles {
  /** Numbers in the holes that were closed. */
  readonly count: number;
  /** Below this number the set no longer tells what it had from what it had not; 0: nothing was forgotten. */
  readonly below: number;
}

/**
 * A set of whole numbers from 1 to 2^53, kept as spans: cheap where they come nearly in order. Reads and writes
 * PostgreSQL's `int8multirange`.
 */
export class NumberSet {
  private readonly spans: Span[];
  private size = 0;

  private constructor(spans: Span[]) {
    this.spans = spans;
    for (const [start, end] of spans) this.size += end - start;
  }

  /** @param text as PostgreSQL writes an `int8multirange`: `{[1,4),[7,9)}` */
  static parse(text: string): NumberSet {
    return new NumberSet([...text.matchAll(SPAN)].map(([, start, end]) => [Number(start), Number(end)]));
  }

  toString(): string {
    return `{${this.spans.map(([start, end]) => `[${String(start)},${String(end)})`).join(',')}}`;
  }

  /** How many numbers are in it. */
  get count(): number {
    return this.size;
  }

  has(number: number): boolean {
    const span = this.spans[this.firstEndingAfter(number)];
    return span !== undefined && span[0] <= number;
  }

  /** Whether any number from `start` to before `end` is in it. */
  overlaps(start: number, end: number): boolean {
    const span = this.spans[this.firstEndingAfter(start)];
    return span !== undefined && span[0] < end;
  }

  /** Adds the numbers from `start` to before `end`, whether or not some were in it. */
  add(start: number, end: number): void {
    const at = this.firstEndingAfter(start - 1);
    let [from, to, until] = [start, end, at];
    for (let span = this.spans[until]; span !== undefined && span[0] <= end; span = this.spans[++until]) {
      from = Math.min(from, span[0]);
      to = Math.max(to, span[1]);
      this.size -= span[1] - span[0];
    }
    this.spans.splice(at, until - at, [from, to]);
    this.size += to - from;
  }

  /** Closes the oldest holes until there are at most `maxHoles`: their numbers count as being in the set from now on. */
  forgetHoles(maxHoles: number): ForgottenHoles {
    const first = this.spans[0];
    if (first === undefined) return { count: 0, below: 0 };
    const holes = this.spans.length - (first[0] > 1 ? 0 : 1);
    if (holes <= maxHoles) return { count: 0, below: 0 };
    const last = this.spans[this.spans.length - 1 - maxHoles] ?? first;
    const sizeBefore = this.size;
    this.add(1, last[0]);
    return { count: this.size - sizeBefore, below: last[0] };
  }

  /** Position of the first span whose end lies after `number`. */
  private firstEndingAfter(number: number): number {
    let [low, high] = [0, this.spans.length];
    const last = this.spans[high - 1];
    if (last === undefined || last[1] <= number) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const span = this.spans[middle];
      if (span !== undefined && span[1] <= number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
