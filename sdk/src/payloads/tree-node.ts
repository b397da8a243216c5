import { CUT_MARK } from '../contract/index.ts';

/**
 * Plain JSON as nodes: objects with very many fields are an order of magnitude dearer to build than lists of names and values,
 * and a field may have any name.
 */
export type JsonTree = string | number | boolean | null | TreeList | TreeFields;

export class TreeList {
  readonly items: JsonTree[];
  /** As `sizesOf` measured them; empty: not yet. */
  sizes: readonly number[] = [];

  constructor(items: JsonTree[]) {
    this.items = items;
  }
}

export class TreeFields {
  readonly keys: string[];
  /** The values of `keys`, in their order. */
  readonly items: JsonTree[];
  /** As `sizesOf` measured them; empty: not yet. */
  sizes: readonly number[] = [];

  constructor(keys: string[], items: JsonTree[]) {
    this.keys = keys;
    this.items = items;
  }
}

export interface TreeCut {
  path: string;
  bytes: number | null;
}

const markBody = (path: string, bytes: number | null, reason?: string): TreeFields =>
  reason === undefined
    ? new TreeFields(['path', 'bytes'], [path, bytes])
    : new TreeFields(['path', 'bytes', 'reason'], [path, bytes, reason]);

/** Replaces a value that had to go. */
export function cutMark(
  path: string,
  bytes: number | null,
  said: { head?: string; reason?: string } = {},
): TreeFields {
  const mark = new TreeFields([CUT_MARK], [markBody(path, bytes, said.reason)]);
  if (said.head !== undefined) {
    mark.keys.push('head');
    mark.items.push(said.head);
  }
  return mark;
}

/** Says in an object that fields of it are missing. */
export function markMissing({ keys, items }: TreeFields, path: string, bytes: number | null): void {
  const at = keys.indexOf(CUT_MARK);
  keys[at === -1 ? keys.length : at] = CUT_MARK;
  items[at === -1 ? items.length : at] = markBody(path, bytes);
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]{0,60}$/;

export const childPath = (path: string, key: string | number): string => {
  if (typeof key === 'number') return `${path}[${String(key)}]`;
  return IDENTIFIER.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key.slice(0, 60))}]`;
};

/** About how many bytes the JSON of a tree takes (escapes are not counted). */
export function sizeOf(tree: JsonTree): number {
  if (typeof tree === 'string') return Buffer.byteLength(tree) + 2;
  if (typeof tree !== 'object' || tree === null) return String(tree).length;
  let size = 2;
  for (const item of sizesOf(tree)) size += item + 1;
  if (tree instanceof TreeFields) for (const key of tree.keys) size += Buffer.byteLength(key) + 3;
  return size;
}

/** `sizeOf` each item; measured once, as the text of a number is dear. Nothing is to be added afterwards. */
export function sizesOf(tree: TreeList | TreeFields): readonly number[] {
  if (tree.sizes.length === 0) tree.sizes = tree.items.map(sizeOf);
  return tree.sizes;
}

/** The JSON of a tree. */
export function treeText(tree: JsonTree): string {
  if (typeof tree !== 'object' || tree === null) return JSON.stringify(tree);
  let text = '';
  if (tree instanceof TreeList) {
    for (const item of tree.items) text += (text === '' ? '' : ',') + treeText(item);
    return `[${text}]`;
  }
  const { keys, items } = tree;
  for (let i = 0; i < keys.length; i += 1) {
    text += `${i === 0 ? '' : ','}${JSON.stringify(keys[i])}:${treeText(items[i] ?? null)}`;
  }
  return `{${text}}`;
}

const isMark = (value: unknown): value is { path: string; bytes?: unknown } =>
  typeof value === 'object' && value !== null && 'path' in value && typeof value.path === 'string';

/** The marks in plain JSON, as they would be listed. */
export function marksIn(json: unknown): TreeCut[] {
  if (typeof json !== 'object' || json === null) return [];
  return Object.entries(json).flatMap(([key, item]: [string, unknown]) =>
    key === CUT_MARK && isMark(item)
      ? [{ path: item.path, bytes: typeof item.bytes === 'number' ? item.bytes : null }]
      : marksIn(item),
  );
}
