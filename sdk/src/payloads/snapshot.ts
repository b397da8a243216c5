const MAX_DEPTH = 60;
/** About what a scalar, or the punctuation around a value, takes. */
const SCALAR_CHARS = 8;
const PUNCTUATION_CHARS = 3;

/** A copy of a plain value of its own: what the application changes later does not reach it. */
export interface Snapshot {
  readonly value: unknown;
  /** About how many characters its JSON has, escapes aside. */
  readonly chars: number;
}

/** A character takes at most so many bytes of JSON: an escape (`\u001f`), or three bytes of UTF-8. */
export const MAX_BYTES_PER_CHAR = 6;

/** Thrown where a value cannot be copied; without a stack, which would be the dearest part. */
const NOT_PLAIN = Object.freeze({ reason: 'not plain' });

const notPlain = (): never => {
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- see above
  throw NOT_PLAIN;
};

const isKeyed = (value: object): value is Record<string, unknown> => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/** No subclass, which may have a `toJSON`, and whose constructor a copy would call. */
const isList = (value: readonly unknown[]): boolean => Object.getPrototypeOf(value) === Array.prototype;

class Copier {
  charsLeft: number;

  constructor(maxChars: number) {
    this.charsLeft = maxChars;
  }

  copy(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string':
        this.charsLeft -= value.length + PUNCTUATION_CHARS;
        return value;
      case 'object':
        return value === null ? this.scalar(value) : this.container(value, depth);
      case 'number':
        return Number.isFinite(value) ? this.scalar(value) : notPlain();
      case 'boolean':
      case 'undefined':
        return this.scalar(value);
      case 'bigint':
      case 'symbol':
      case 'function':
      default:
        return notPlain();
    }
  }

  private scalar(value: unknown): unknown {
    this.charsLeft -= SCALAR_CHARS;
    return value;
  }

  private container(value: object, depth: number): unknown {
    this.charsLeft -= PUNCTUATION_CHARS;
    if (depth > MAX_DEPTH || this.charsLeft < 0) return notPlain();
    if (Array.isArray(value)) return isList(value) ? this.list(value, depth) : notPlain();
    return isKeyed(value) ? this.fields(value, depth) : notPlain();
  }

  /** Copied by the engine at once, then looked through: several times quicker than field by field. */
  private list(items: readonly unknown[], depth: number): unknown {
    // Every item takes some room: what has too many is not copied to find that out.
    if (items.length * PUNCTUATION_CHARS > this.charsLeft) return notPlain();
    const copies = items.slice();
    for (let i = 0; i < copies.length; i += 1) {
      const item = copies[i];
      const copy = this.copy(item, depth + 1);
      if (copy !== item) copies[i] = copy;
    }
    return copies;
  }

  private fields(value: Record<string, unknown>, depth: number): unknown {
    // Every field takes some room: what has too many is not copied, and its getters are not called.
    let mostFields = this.charsLeft / PUNCTUATION_CHARS;
    for (const _ in value) if ((mostFields -= 1) < 0) return notPlain();
    const copies = { ...value };
    for (const key in copies) {
      // It would be called.
      if (key === 'toJSON') return notPlain();
      const field = copies[key];
      this.charsLeft -= key.length + PUNCTUATION_CHARS;
      if (this.charsLeft < 0) return notPlain();
      // Most fields, and nothing is to be copied of them.
      if (typeof field === 'string') this.charsLeft -= field.length + PUNCTUATION_CHARS;
      else {
        const copy = this.copy(field, depth + 1);
        if (copy !== field) copies[key] = copy;
      }
    }
    return copies;
  }
}

/** What all objects inherit is no field of any, but would be looked through as one. */
function isPolluted(): boolean {
  for (const _ in NOTHING) return true;
  return false;
}

const NOTHING = {};

/**
 * Copies a small value of plain objects, arrays and JSON scalars, reading every property once; undefined for every other
 * value. Texts are shared, as nobody can change them, which makes the copy several times cheaper than the value's JSON:
 * that can be written when nobody waits for it. Its texts may have lone surrogates.
 */
export function snapshotOf(value: unknown, maxChars: number): Snapshot | undefined {
  if (typeof value !== 'object' || value === null || isPolluted()) return undefined;
  try {
    const copier = new Copier(maxChars);
    const copy = copier.copy(value, 1);
    return copier.charsLeft < 0 ? undefined : { value: copy, chars: maxChars - copier.charsLeft };
  } catch {
    return undefined;
  }
}

/**
 * Whether a value would be copied like this, key by key; then its JSON is the copy's. Reads properties up to the first that
 * differs, and throws what they throw.
 */
export function isLike(value: unknown, copy: unknown): boolean {
  if (typeof value !== 'object' || value === null || typeof copy !== 'object' || copy === null)
    return value === copy;
  if (Array.isArray(value)) return isList(value) && Array.isArray(copy) && isListLike(value, copy);
  return isKeyed(value) && isKeyed(copy) && areFieldsLike(value, copy);
}

function isListLike(items: readonly unknown[], copies: readonly unknown[]): boolean {
  if (items.length !== copies.length) return false;
  for (let i = 0; i < copies.length; i += 1) if (!isLike(items[i], copies[i])) return false;
  return true;
}

function areFieldsLike(value: Record<string, unknown>, copy: Record<string, unknown>): boolean {
  const keys = Object.keys(copy);
  let count = 0;
  for (const key in value) {
    if (key !== keys[count] || !isLike(value[key], copy[key])) return false;
    count += 1;
  }
  return count === keys.length;
}
