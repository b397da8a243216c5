import { JSON_MAX_DEPTH } from '../contract/index.ts';
import { type Redactor } from '../privacy/privacy-patterns.ts';
import { MapEntries, readableInstance, readableScalar } from './readable-instance.ts';
import {
  childPath,
  cutMark,
  type JsonTree,
  markMissing,
  type TreeCut,
  TreeFields,
  TreeList,
} from './tree-node.ts';

/** A mark is an object within an object: two levels that must still fit. */
const MAX_DEPTH = JSON_MAX_DEPTH - 3;
/** Containers, and four times as many scalars: what is larger is cut before it can hold the host up. */
const MAX_NODES = 50_000;
/** Of one list or object, so that a huge one does not use up what its neighbours need. */
const MAX_ITEMS = 20_000;
/** Characters of texts that are looked at, in caps of the payload: a text may stand in very many places. */
const MAX_CAPS_OF_TEXT = 16;
/** Kept of texts beyond that. */
const SHORT_CHARS = 200;

export interface TreeOptions {
  /** Cap of the payload the tree is for. */
  maxBytes: number;
  redactor?: Redactor | undefined;
  /**
   * Whether texts beyond what is looked at keep their beginning. Not where somebody still looks for secrets in it: half of
   * one would not look like one. Default: where there is no redactor.
   */
  heads?: 'kept' | 'left out';
}

/**
 * Copies any value into plain JSON, once, reading every property at most once. What JSON cannot say becomes a readable
 * text; what throws says so; cycles point to where they began; too deep and too many become cuts. A text longer than the
 * cap is kept as it is, unredacted: it has to be cut afterwards.
 */
export class TreeBuilder {
  readonly cuts: TreeCut[] = [];
  private readonly maxBytes: number;
  private readonly redactor: Redactor | undefined;
  private readonly keepsHeads: boolean;
  private nodesLeft = MAX_NODES;
  private charsLeft: number;
  private readonly open = new Map<object, string>();

  constructor({ maxBytes, redactor, heads = redactor === undefined ? 'kept' : 'left out' }: TreeOptions) {
    this.maxBytes = maxBytes;
    this.charsLeft = maxBytes * MAX_CAPS_OF_TEXT;
    this.redactor = redactor;
    this.keepsHeads = heads === 'kept';
  }

  build(value: unknown, path = '$', depth = 1): JsonTree {
    try {
      return this.convert(value, path, depth);
    } catch (error) {
      return this.shown(`[Unreadable: ${reasonText(error)}]`);
    }
  }

  private convert(value: unknown, path: string, depth: number): JsonTree {
    switch (typeof value) {
      case 'string':
        return this.text(value, path);
      case 'number':
        return Number.isFinite(value) ? (this.redactor?.number(value) ?? value) : String(value);
      case 'boolean':
        return value;
      case 'bigint':
      case 'symbol':
      case 'function':
        return this.text(readableScalar(value), path);
      case 'undefined':
        return null;
      case 'object':
      default:
        return typeof value === 'object' && value !== null ? this.container(value, path, depth) : null;
    }
  }

  private text(value: string, path: string): JsonTree {
    this.charsLeft -= Math.min(value.length, this.maxBytes);
    if (this.charsLeft < 0 && value.length > SHORT_CHARS) {
      this.cuts.push({ path, bytes: null });
      return cutMark(path, null, this.keepsHeads ? { head: value.slice(0, SHORT_CHARS).toWellFormed() } : {});
    }
    return value.length > this.maxBytes ? value : this.shown(value);
  }

  private shown(text: string): string {
    return (this.redactor?.text(text) ?? text).toWellFormed();
  }

  private container(value: object, path: string, depth: number): JsonTree {
    const openAt = this.open.get(value);
    if (openAt !== undefined) return `[Circular: ${openAt}]`;
    this.nodesLeft -= 1;
    if (depth > MAX_DEPTH || this.nodesLeft < 0) {
      this.cuts.push({ path, bytes: null });
      return cutMark(path, null);
    }
    this.open.set(value, path);
    try {
      return this.contents(value, path, depth);
    } finally {
      this.open.delete(value);
    }
  }

  private contents(value: object, path: string, depth: number): JsonTree {
    if (Array.isArray(value)) return this.list(value, path, depth);
    const readable = readableInstance(value);
    if (readable === undefined) return this.fields(value, path, depth);
    if (typeof readable !== 'object' || readable === null) return this.convert(readable, path, depth);
    if (readable === value) return this.fields(value, path, depth);
    if (Array.isArray(readable)) return this.list(readable, path, depth);
    if (readable instanceof MapEntries) return this.entries(readable, path, depth);
    const prototype: unknown = Object.getPrototypeOf(readable);
    return prototype === Object.prototype
      ? this.fields(readable, path, depth)
      : this.container(readable, path, depth + 1);
  }

  private list(items: readonly unknown[], path: string, depth: number): JsonTree {
    const list: JsonTree[] = [];
    for (let i = 0; i < items.length; i += 1) {
      if (this.isExhausted(i)) {
        list.push(this.cutRest(childPath(path, i)));
        break;
      }
      list.push(this.child(readItem(items, i), path, i, depth));
    }
    return new TreeList(list);
  }

  private fields(value: object, path: string, depth: number): JsonTree {
    const keys = Object.keys(value);
    return this.named(keys, (_, key) => readField(value, key), { path, depth });
  }

  private entries({ entries }: MapEntries, path: string, depth: number): JsonTree {
    const keys = entries.map(([key]) => key);
    return this.named(keys, (i) => entries[i]?.[1], { path, depth });
  }

  private named(
    keys: readonly string[],
    read: (index: number, key: string) => unknown,
    { path, depth }: { path: string; depth: number },
  ): JsonTree {
    const fields = new TreeFields([], []);
    const taken = new Set<string>();
    for (let i = 0; i < keys.length; i += 1) {
      const key = keys[i] ?? '';
      if (this.isExhausted(i)) {
        this.cuts.push({ path, bytes: null });
        markMissing(fields, path, null);
        break;
      }
      const item = this.redactor === undefined ? read(i, key) : this.redactor.field(key, read(i, key));
      if (item === undefined) continue;
      const name = this.redactor === undefined ? key.toWellFormed() : this.freeName(key, i, taken);
      fields.keys.push(name);
      fields.items.push(this.child(item, path, name, depth));
    }
    return fields;
  }

  /** Several keys may be redacted to the same one; none of them replaces another. */
  private freeName(key: string, index: number, taken: Set<string>): string {
    const shown = this.shown(key);
    const name = taken.has(shown) ? `${shown} (${String(index + 1)})` : shown;
    taken.add(name);
    return name;
  }

  /** Scalars are not free either: how many there are comes from outside. */
  private isExhausted(index: number): boolean {
    this.nodesLeft -= 0.25;
    return this.nodesLeft < 0 || index >= MAX_ITEMS;
  }

  private cutRest(path: string): JsonTree {
    this.cuts.push({ path, bytes: null });
    return cutMark(path, null);
  }

  /** Paths are made for what may be cut or pointed to here: containers, and texts once many were seen. */
  private child(item: unknown, path: string, key: string | number, depth: number): JsonTree {
    const needsPath =
      (typeof item === 'object' && item !== null) ||
      (this.charsLeft <= this.maxBytes && typeof item === 'string');
    return this.build(item, needsPath ? childPath(path, key) : path, depth + 1);
  }
}

function reasonText(error: unknown): string {
  try {
    return (error instanceof Error ? error.message : String(error)).toWellFormed().slice(0, 200);
  } catch {
    return 'unknown';
  }
}

function readField(value: object, key: string): unknown {
  try {
    const item: unknown = Reflect.get(value, key);
    return item;
  } catch (error) {
    return `[Threw: ${reasonText(error)}]`;
  }
}

const readItem = (items: readonly unknown[], index: number): unknown => {
  try {
    return items[index];
  } catch (error) {
    return `[Threw: ${reasonText(error)}]`;
  }
};
