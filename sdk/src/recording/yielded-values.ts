import { capturing } from './capturing.ts';
import { serialize } from '../payloads/serialize.ts';
import { snapshotOf } from '../payloads/snapshot.ts';

/** What a number or the like takes, about. */
const SCALAR_CHARS = 8;

/** What a generator yielded, as it was when it was yielded, up to about as many characters as one payload may have. */
export class YieldedValues {
  private readonly maxChars: number;
  private charsLeft: number;
  private readonly kept: unknown[] = [];
  private isText = true;
  private seen = 0;

  constructor(maxChars: number) {
    this.maxChars = maxChars;
    this.charsLeft = maxChars;
  }

  /** How many were yielded, kept or not. */
  get count(): number {
    return this.seen;
  }

  get keptCount(): number {
    return this.kept.length;
  }

  /** Once one does not fit, those after it are left out too. */
  add(value: unknown): void {
    this.seen += 1;
    if (this.charsLeft <= 0) return;
    this.isText &&= typeof value === 'string';
    this.kept.push(capturing(() => this.copyOf(value)));
  }

  /** One text if all were texts, else a list. */
  get output(): unknown {
    return this.isText ? this.kept.join('') : this.kept;
  }

  private copyOf(value: unknown): unknown {
    if (typeof value === 'string') {
      this.charsLeft -= value.length || 1;
      return value;
    }
    if (value === null || ['number', 'boolean', 'undefined'].includes(typeof value)) {
      this.charsLeft -= SCALAR_CHARS;
      return value;
    }
    const snapshot = snapshotOf(value, this.charsLeft);
    if (snapshot !== undefined) {
      this.charsLeft -= snapshot.chars;
      return snapshot.value;
    }
    const { text } = serialize(value, this.maxChars);
    this.charsLeft -= text.length;
    const copy: unknown = JSON.parse(text);
    return copy;
  }
}
