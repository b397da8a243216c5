import { CUT_MARK } from './contract/index.ts';
import { childPath, cutMark, type JsonTree, type TreeCut } from './json-tree.ts';
import { type Redactor } from './privacy-patterns.ts';

/** Characters kept of a text that was cut. */
const HEAD_CHARS = 1000;
/** Looked at for what must not be shown in them. */
const REDACTED_CHARS = 8 * HEAD_CHARS;
/** Room a mark takes, without its path. */
const MARK_BYTES = 60;

const isContainer = (tree: JsonTree): tree is JsonTree[] | { [key: string]: JsonTree } =>
  typeof tree === 'object' && tree !== null;

/** About how many bytes the JSON of a tree takes (escapes are not counted); containers are measured once. */
export class TreeSizes {
  private readonly known = new Map<object, number>();

  of(tree: JsonTree): number {
    if (typeof tree === 'string') return Buffer.byteLength(tree) + 2;
    if (!isContainer(tree)) return String(tree).length;
    const known = this.known.get(tree);
    if (known !== undefined) return known;
    let size = 2;
    if (Array.isArray(tree)) for (const item of tree) size += this.of(item) + 1;
    else for (const key of Object.keys(tree)) size += Buffer.byteLength(key) + this.of(tree[key] ?? null) + 4;
    this.known.set(tree, size);
    return size;
  }
}

/**
 * The largest share every child may keep so that all fit: small children stay whole, only the large ones give way.
 */
function shareOf(sizes: readonly number[], budget: number): number {
  let left = budget;
  const ascending = [...sizes].sort((a, b) => a - b);
  for (const [index, size] of ascending.entries()) {
    const share = left / (ascending.length - index);
    if (size > share) return Math.floor(share);
    left -= size;
  }
  return Math.max(...sizes, 0);
}

const bytesIn = (text: string): number => Buffer.byteLength(JSON.stringify(text));

/** The beginning of a text whose JSON takes at most about the room, escapes and all. */
function fittingHead(text: string, room: number): string {
  if (room <= 2) return '';
  const head = text.slice(0, room);
  const bytes = bytesIn(head);
  if (bytes <= room) return head.toWellFormed();
  return head.slice(0, Math.floor((head.length * (room - 2)) / bytes)).toWellFormed();
}

export class TreeFitter {
  readonly cuts: TreeCut[] = [];
  private readonly sizes: TreeSizes;
  private readonly redactor: Redactor | undefined;

  /** @param redactor for texts the tree holds as they were given, because they are too long to be kept */
  constructor(sizes: TreeSizes, redactor?: Redactor) {
    this.sizes = sizes;
    this.redactor = redactor;
  }

  /** The tree, or a copy of at most about `budget` bytes with marks where something is missing. */
  fit(tree: JsonTree, budget: number, path = '$'): JsonTree {
    const size = this.sizes.of(tree);
    if (size <= budget) return tree;
    if (typeof tree === 'string') return this.cut(path, size, this.headOf(tree), budget);
    if (!isContainer(tree) || budget < MARK_BYTES + path.length)
      return this.cut(path, size, undefined, budget);
    return Array.isArray(tree) ? this.fitList(tree, budget, path) : this.fitFields(tree, budget, path);
  }

  private cut(path: string, bytes: number, head: string | undefined, budget: number): JsonTree {
    this.cuts.push({ path, bytes });
    const shown = head === undefined ? '' : fittingHead(head, budget - MARK_BYTES - path.length);
    return cutMark(path, bytes, shown === '' ? {} : { head: shown });
  }

  /** Redacted with what follows it, so that no secret is missed because it was cut in two. */
  private headOf(text: string): string {
    const head = this.redactor?.text(text.slice(0, REDACTED_CHARS)) ?? text;
    return head.slice(0, HEAD_CHARS);
  }

  /** Keeps the beginning of the list, then one mark for the rest. */
  private fitList(items: readonly JsonTree[], budget: number, path: string): JsonTree {
    const sizes = items.map((item) => this.sizes.of(item) + 1);
    const share = Math.max(shareOf(sizes, budget - 2), 2 * MARK_BYTES + path.length);
    const kept: JsonTree[] = [];
    let left = budget - 2 - MARK_BYTES - path.length;
    for (const [index, item] of items.entries()) {
      const room = Math.min(share, left);
      const size = sizes[index] ?? 0;
      if (room < size && room < MARK_BYTES + path.length) {
        const restBytes = sizes.slice(index).reduce((sum, each) => sum + each, 0);
        kept.push(this.cut(childPath(path, index), restBytes, undefined, budget));
        break;
      }
      kept.push(size <= room ? item : this.fit(item, room, childPath(path, index)));
      left -= Math.min(size, room);
    }
    return kept;
  }

  private fitFields(tree: { [key: string]: JsonTree }, budget: number, path: string): JsonTree {
    const entries = Object.entries(tree);
    const keyBytes = entries.reduce((sum, [key]) => sum + Buffer.byteLength(key) + 4, 2);
    const sizes = entries.map(([, item]) => this.sizes.of(item));
    const share = shareOf(sizes, budget - keyBytes);
    if (share < MARK_BYTES + path.length) return this.firstFields(entries, budget, path);
    return Object.fromEntries(
      entries.map(([key, item], i) => {
        const isWhole = (sizes[i] ?? 0) <= share;
        return [key, isWhole ? item : this.fit(item, share, childPath(path, key))];
      }),
    );
  }

  /** So many fields that marks would not fit in their places: the first ones, and one mark for the rest. */
  private firstFields(entries: readonly [string, JsonTree][], budget: number, path: string): JsonTree {
    const kept: [string, JsonTree][] = [];
    let left = budget - MARK_BYTES - path.length;
    for (const [key, item] of entries) {
      left -= Buffer.byteLength(key) + 4 + this.sizes.of(item);
      if (left < 0) break;
      kept.push([key, item]);
    }
    const bytes = entries.reduce(
      (sum, [key, item]) => sum + Buffer.byteLength(key) + 4 + this.sizes.of(item),
      2,
    );
    this.cuts.push({ path, bytes });
    return Object.fromEntries([...kept, [CUT_MARK, { path, bytes }]]);
  }
}
