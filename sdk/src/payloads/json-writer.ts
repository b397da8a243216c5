import { type Redactor } from '../privacy/privacy-patterns.ts';
import { MapEntries, readableInstance, readableScalar } from './readable-instance.ts';

/** Containers deeper than this go the careful way, which cuts. */
const MAX_DEPTH = 60;
const MAX_NODES = 50_000;
/** Fields without a value take no room, but time. */
const MAX_FIELDS = 1_000_000;
const MAX_KNOWN_KEYS = 2000;
const MAX_KNOWN_KEY_CHARS = 60;
/** Shorter texts are looked through here: calling the engine would take longer. */
const SHORT_CHARS = 24;

/** Thrown where the text cannot be written straight away; without a stack, which would be the dearest part. */
const GIVE_UP = Object.freeze({ reason: 'needs the careful way' });

const giveUp = (): never => {
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- see above
  throw GIVE_UP;
};

const knownKeys = new Map<string, string>();

/** `"key":`, remembered: an application has few different ones. */
function keyText(key: string): string {
  const known = knownKeys.get(key);
  if (known !== undefined) return known;
  const text = `${JSON.stringify(key.toWellFormed())}:`;
  if (knownKeys.size < MAX_KNOWN_KEYS && key.length <= MAX_KNOWN_KEY_CHARS) knownKeys.set(key, text);
  return text;
}

function quoted(text: string): string {
  if (text.length > SHORT_CHARS) return JSON.stringify(text.isWellFormed() ? text : text.toWellFormed());
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    // Control characters, quotation mark, backslash, and all from the surrogates on.
    if (code < 32 || code === 34 || code === 92 || code >= 0xd800) return JSON.stringify(text.toWellFormed());
  }
  return `"${text}"`;
}

const isKeyed = (value: object): value is Record<string, unknown> => !Array.isArray(value);

/**
 * Writes JSON in one pass that reads every property once, about as fast as the engine's own: most values are plain, or hold
 * plain values in a few classes. Whatever is cyclic, too deep or too large, and whatever throws, makes it give up.
 */
class JsonWriter {
  private charsLeft: number;
  private nodesLeft = MAX_NODES;
  private fieldsLeft = MAX_FIELDS;
  private readonly open: object[] = [];
  private readonly redactor: Redactor | undefined;

  constructor(maxChars: number, redactor: Redactor | undefined) {
    this.charsLeft = maxChars;
    this.redactor = redactor;
  }

  write(value: unknown, depth: number): string {
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'number':
        return this.number(value);
      case 'boolean':
        return value ? 'true' : 'false';
      case 'object':
        return value === null ? 'null' : this.container(value, depth);
      case 'undefined':
        return 'null';
      case 'bigint':
      case 'symbol':
      case 'function':
      default:
        return this.text(readableScalar(value));
    }
  }

  private text(value: string): string {
    this.charsLeft -= value.length + 2;
    if (this.charsLeft < 0) giveUp();
    return quoted(this.redactor === undefined ? value : this.redactor.text(value));
  }

  private number(value: number): string {
    const shown = Number.isFinite(value) ? (this.redactor?.number(value) ?? value) : String(value);
    const text = typeof shown === 'number' ? String(shown) : quoted(shown);
    this.charsLeft -= text.length;
    return this.charsLeft < 0 ? giveUp() : text;
  }

  private container(value: object, depth: number): string {
    this.nodesLeft -= 1;
    if (depth > MAX_DEPTH || this.nodesLeft < 0 || this.open.includes(value)) giveUp();
    this.open.push(value);
    const text = isKeyed(value) ? this.keyed(value, depth) : this.contents(value, depth);
    this.open.pop();
    return text;
  }

  private keyed(value: Record<string, unknown>, depth: number): string {
    const prototype: unknown = Object.getPrototypeOf(value);
    const isPlain = prototype === Object.prototype || prototype === null;
    return isPlain && value['toJSON'] === undefined ? this.fields(value, depth) : this.contents(value, depth);
  }

  private contents(value: object, depth: number): string {
    if (Array.isArray(value)) return this.list(value, depth);
    const readable = readableInstance(value);
    if (readable === undefined || readable === value) return this.fields(value, depth);
    if (typeof readable !== 'object' || readable === null) return this.write(readable, depth);
    if (Array.isArray(readable)) return this.list(readable, depth);
    if (readable instanceof MapEntries) return this.entries(readable, depth);
    const prototype: unknown = Object.getPrototypeOf(readable);
    return prototype === Object.prototype
      ? this.fields(readable, depth)
      : this.container(readable, depth + 1);
  }

  private list(items: readonly unknown[], depth: number): string {
    const { length } = items;
    this.charsLeft -= length;
    if (this.charsLeft < 0) giveUp();
    let text = '[';
    for (let i = 0; i < length; i += 1) text += (i === 0 ? '' : ',') + this.write(items[i], depth + 1);
    return `${text}]`;
  }

  private fields(value: object, depth: number): string {
    if (!isKeyed(value)) return giveUp();
    let text = '';
    for (const key of Object.keys(value)) {
      this.fieldsLeft -= 1;
      if (this.fieldsLeft < 0) giveUp();
      const field = this.field(key, value[key], depth);
      if (field !== '') text += text === '' ? field : `,${field}`;
    }
    return `{${text}}`;
  }

  private entries({ entries }: MapEntries, depth: number): string {
    const fields = entries.map(([key, item]) => this.field(key, item, depth));
    return `{${fields.filter((field) => field !== '').join(',')}}`;
  }

  /** `"key":value`, or nothing where there is no value. */
  private field(key: string, read: unknown, depth: number): string {
    const { redactor } = this;
    const item = redactor === undefined ? read : redactor.field(key, read);
    if (item === undefined) return '';
    this.charsLeft -= key.length + 4;
    // Two keys may be the same once they are redacted.
    if (this.charsLeft < 0 || (redactor !== undefined && redactor.text(key) !== key)) giveUp();
    return keyText(key) + this.write(item, depth + 1);
  }
}

/**
 * JSON text of a value that surely fits, or undefined. Numbers JSON does not know, class instances and the like are written
 * as `TreeBuilder` writes them.
 */
export function writeJson(
  value: unknown,
  maxBytes: number,
  redactor?: Redactor,
): { text: string; bytes: number } | undefined {
  try {
    const text = new JsonWriter(maxBytes, redactor).write(value, 1);
    const bytes = Buffer.byteLength(text);
    return bytes <= maxBytes ? { text, bytes } : undefined;
  } catch {
    return undefined;
  }
}
