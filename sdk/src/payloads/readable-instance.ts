/** Larger ones are named, not listed. */
const MAX_TYPED_ARRAY_BYTES = 32 * 1024;

/** Entries of a Map or Set that are looked at; more are cut anyway. */
const MAX_ENTRIES = 20_001;

/** The beginning of what may have no end: a subclass may have an iterator of its own. */
function firstOf<T>(items: Iterable<T>): T[] {
  const first: T[] = [];
  for (const item of items) {
    first.push(item);
    if (first.length >= MAX_ENTRIES) break;
  }
  return first;
}

const get = (value: object, key: string): unknown => Reflect.get(value, key);

function own(value: object, keys: readonly string[]): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const key of keys) {
    const item = get(value, key);
    const isEmpty =
      item === undefined ||
      item === null ||
      item === '' ||
      (Array.isArray(item) && item.length === 0) ||
      (typeof item === 'object' && Object.keys(item).length === 0);
    if (!isEmpty) picked[key] = item;
  }
  return picked;
}

const MESSAGE_FIELDS = [
  'name',
  'id',
  'tool_calls',
  'tool_call_id',
  'status',
  'artifact',
  'additional_kwargs',
  'usage_metadata',
  'response_metadata',
] as const;

/** LangChain messages write themselves as constructor descriptions; people want `{type, content, …}`. */
function langChainMessage(value: object): Record<string, unknown> | undefined {
  if (!('lc_namespace' in value) || !('content' in value)) return undefined;
  const typeOf = get(value, 'getType') ?? get(value, '_getType');
  if (typeof typeOf !== 'function') return undefined;
  const type: unknown = Reflect.apply(typeOf, value, []);
  return { type, content: get(value, 'content'), ...own(value, MESSAGE_FIELDS) };
}

function errorFields(error: Error): Record<string, unknown> {
  const fields: Record<string, unknown> = { name: error.name, message: error.message };
  if (error.stack !== undefined) fields['stack'] = error.stack;
  if (error.cause !== undefined) fields['cause'] = error.cause;
  if (error instanceof AggregateError) fields['errors'] = error.errors;
  for (const key of Object.keys(error)) if (!(key in fields)) fields[key] = get(error, key);
  return fields;
}

/** A Map whose keys are texts: fields like those of an object. */
export class MapEntries {
  readonly entries: readonly (readonly [string, unknown])[];

  constructor(entries: readonly (readonly [string, unknown])[]) {
    this.entries = entries;
  }
}

const isNamed = (entry: [unknown, unknown]): entry is [string, unknown] => typeof entry[0] === 'string';

function mapFields(map: ReadonlyMap<unknown, unknown>): object {
  const entries = firstOf(map);
  return entries.every(isNamed) ? new MapEntries(entries) : entries;
}

function binary(value: object): unknown {
  if (Buffer.isBuffer(value)) return `[Buffer: ${String(value.length)} bytes]`;
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) {
    return `[ArrayBuffer: ${String(value.byteLength)} bytes]`;
  }
  if (!ArrayBuffer.isView(value)) return undefined;
  if (isTypedArray(value) && value.byteLength <= MAX_TYPED_ARRAY_BYTES) {
    return Array.from({ length: value.length }, (_, i): unknown => value[i]);
  }
  return `[${value.constructor.name}: ${String(value.byteLength)} bytes]`;
}

const isTypedArray = (value: ArrayBufferView): value is ArrayBufferView & ArrayLike<unknown> =>
  !(value instanceof DataView);

function builtIn(value: object): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof Map) return mapFields(value);
  if (value instanceof Set) return firstOf(value);
  if (value instanceof Error) return errorFields(value);
  if (value instanceof RegExp) return String(value);
  if (value instanceof Promise) return '[Promise]';
  if (value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef)
    return '[Weak reference]';
  return binary(value);
}

/**
 * What people want to read of an object that is not plain: a value to serialise instead of it, or undefined to take
 * its own enumerable fields.
 */
export function readableInstance(value: object): unknown {
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === Object.prototype || prototype === null;
  if (!isPlain) {
    const known = builtIn(value) ?? langChainMessage(value);
    if (known !== undefined) return known;
  }
  const toJson = get(value, 'toJSON');
  return typeof toJson === 'function' ? (Reflect.apply(toJson, value, []) ?? null) : undefined;
}

/** What stands for a scalar that JSON does not know: a BigInt, a symbol, a function. */
export const readableScalar = (value: unknown): string =>
  typeof value === 'function' ? `[Function: ${value.name}]` : String(value);
