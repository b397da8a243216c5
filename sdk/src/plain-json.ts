/** Containers deeper than this go the careful way, which cuts. */
const MAX_DEPTH = 60;
const MAX_NODES = 50_000;

interface Walk {
  nodesLeft: number;
  charsLeft: number;
}

function isPlainScalar(value: unknown, walk: Walk): boolean {
  walk.charsLeft -= typeof value === 'string' ? value.length + 1 : 1;
  if (walk.charsLeft < 0) return false;
  switch (typeof value) {
    case 'string':
      return value.isWellFormed();
    case 'number':
      return Number.isFinite(value);
    case 'boolean':
    case 'undefined':
      return true;
    case 'bigint':
    case 'symbol':
    case 'function':
    case 'object':
    default:
      return value === null;
  }
}

const isKeyed = (value: object): value is Record<string, unknown> => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

function isPlainObject(value: object, depth: number, walk: Walk): boolean {
  if (!isKeyed(value)) return false;
  for (const key of Object.keys(value)) {
    walk.charsLeft -= key.length;
    if (key === 'toJSON' || !isPlain(value[key], depth + 1, walk)) return false;
  }
  return true;
}

function isPlain(value: unknown, depth: number, walk: Walk): boolean {
  if (typeof value !== 'object' || value === null) return isPlainScalar(value, walk);
  walk.nodesLeft -= 1;
  if (depth > MAX_DEPTH || walk.nodesLeft < 0) return false;
  if (!Array.isArray(value)) return isPlainObject(value, depth, walk);
  for (const item of value) if (!isPlain(item, depth + 1, walk)) return false;
  return true;
}

/**
 * JSON text of a value that consists of plain objects, arrays and JSON scalars only and surely fits, written by the engine;
 * undefined for everything else (class instances, cycles, getters that throw, too deep, too large…). Most payloads
 * are plain, and the engine is several times faster than any walk that builds a copy.
 */
export function plainJson(value: unknown, maxBytes: number): { text: string; bytes: number } | undefined {
  if (typeof value === 'undefined') return undefined;
  try {
    if (!isPlain(value, 1, { nodesLeft: MAX_NODES, charsLeft: maxBytes })) return undefined;
    const text = JSON.stringify(value);
    const bytes = Buffer.byteLength(text);
    return bytes <= maxBytes ? { text, bytes } : undefined;
  } catch {
    return undefined;
  }
}
