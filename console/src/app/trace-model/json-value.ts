/** JSON as parsed, except that numbers JavaScript cannot hold keep their text. */
export type JsonValue = null | boolean | number | string | ExactNumber | JsonValue[] | JsonObject;

export interface JsonObject {
  [key: string]: JsonValue;
}

/** A number whose value would change by parsing it: 9007199254740993, 1e400. */
export class ExactNumber {
  constructor(readonly source: string) {}

  toJSON(): string {
    return this.source;
  }
}

/** Parses a payload's text; null when it is not JSON (its beginning only, or damaged). */
export function parsePayload(text: string): { value: JsonValue } | null {
  try {
    // JSON.parse gives nothing but JSON values, and the reviver's numbers are among them.
    return { value: JSON.parse(text, exactNumbers) as JsonValue };
  } catch {
    return null;
  }
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
  );
}

export function isContainer(value: JsonValue | undefined): value is JsonObject | JsonValue[] {
  return Array.isArray(value) || isJsonObject(value);
}

/** Entries of an object or array, keys in their order. */
export function entriesOf(value: JsonObject | JsonValue[]): [string, JsonValue][] {
  return Array.isArray(value) ? value.map((item, index) => [String(index), item]) : Object.entries(value);
}

/** A value in one line, cut to about `maxChars`. */
export function previewOf(value: JsonValue, maxChars = 200): string {
  if (value instanceof ExactNumber) return value.source;
  if (typeof value === 'string') return JSON.stringify(cut(value, maxChars));
  if (!isContainer(value)) return String(value);
  const isArray = Array.isArray(value);
  let text = '';
  for (const [key, item] of entriesOf(value)) {
    if (text.length > maxChars) return `${isArray ? '[' : '{'}${text}, …${isArray ? ']' : '}'}`;
    const label = isArray ? '' : `${key}: `;
    text += `${text ? ', ' : ''}${label}${isContainer(item) ? summaryOf(item) : previewOf(item, 60)}`;
  }
  return isArray ? `[${text}]` : `{${text}}`;
}

/** `[3 items]` or `{2 keys}`. */
export function summaryOf(value: JsonObject | JsonValue[]): string {
  const count = Array.isArray(value) ? value.length : Object.keys(value).length;
  return Array.isArray(value)
    ? `[${count} item${count === 1 ? '' : 's'}]`
    : `{${count} key${count === 1 ? '' : 's'}}`;
}

function cut(text: string, maxChars: number): string {
  return text.length <= maxChars ? text : `${text.slice(0, maxChars)}…`;
}

/** Reviver; `source` is the number's own text where the browser gives it. */
function exactNumbers(this: unknown, _key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined) return value;
  const isExact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  return isExact ? value : new ExactNumber(context.source);
}
