import { type Redactor } from '../privacy/privacy-patterns.ts';
import {
  childPath,
  cutMark,
  type JsonTree,
  markMissing,
  sizeOf,
  sizesOf,
  type TreeCut,
  TreeFields,
  TreeList,
} from './tree-node.ts';

/** Characters kept of a text that was cut. */
const HEAD_CHARS = 1000;
/** Looked at for what must not be shown in them. */
const REDACTED_CHARS = 8 * HEAD_CHARS;
/** No secret that is known by what comes later in it is longer: a URL's credentials, an e-mail address. */
const LONGEST_HALF_CHARS = 512;
/** Room a mark takes, without its path. */
const MARK_BYTES = 60;

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
  private readonly redactor: Redactor | undefined;

  /** @param redactor for texts the tree holds as they were given, because they are too long to be kept */
  constructor(redactor?: Redactor) {
    this.redactor = redactor;
  }

  /** The tree, or a copy of at most about `budget` bytes with marks where something is missing. */
  fit(tree: JsonTree, budget: number, path = '$'): JsonTree {
    const size = sizeOf(tree);
    if (size <= budget) return tree;
    if (typeof tree === 'string') return this.cut(path, size, this.headOf(tree), budget);
    if (typeof tree !== 'object' || tree === null || budget < MARK_BYTES + path.length)
      return this.cut(path, size, undefined, budget);
    return tree instanceof TreeList
      ? new TreeList(this.fitList(tree, budget, path))
      : this.fitFields(tree, budget, path);
  }

  private cut(path: string, bytes: number, head: string | undefined, budget: number): JsonTree {
    this.cuts.push({ path, bytes });
    const shown = head === undefined ? '' : fittingHead(head, budget - MARK_BYTES - path.length);
    return cutMark(path, bytes, shown === '' ? {} : { head: shown });
  }

  /** Redacted with what follows it, so that no secret is missed because it was cut in two. */
  private headOf(text: string): string {
    if (this.redactor === undefined) return text.slice(0, HEAD_CHARS);
    const shown = this.redactor.text(text.slice(0, REDACTED_CHARS));
    // Marks are shorter than secrets: the end of what was looked at, where half of one may be, moves up.
    const sure = text.length > REDACTED_CHARS ? Math.max(0, shown.length - LONGEST_HALF_CHARS) : shown.length;
    return shown.slice(0, Math.min(HEAD_CHARS, sure));
  }

  /** Keeps the beginning of the list, then one mark for the rest. */
  private fitList(list: TreeList, budget: number, path: string): JsonTree[] {
    const { items } = list;
    const sizes = sizesOf(list).map((size) => size + 1);
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

  private fitFields(tree: TreeFields, budget: number, path: string): JsonTree {
    const { keys, items } = tree;
    let keyBytes = 2;
    for (const key of keys) keyBytes += Buffer.byteLength(key) + 4;
    const sizes = sizesOf(tree);
    const share = shareOf(sizes, budget - keyBytes);
    if (share < MARK_BYTES + path.length) return this.firstFields(tree, budget, path);
    const fitted = items.map((item, i) =>
      (sizes[i] ?? 0) <= share ? item : this.fit(item, share, childPath(path, keys[i] ?? '')),
    );
    return new TreeFields(keys, fitted);
  }

  /** So many fields that marks would not fit in their places: the first ones, and one mark for the rest. */
  private firstFields(tree: TreeFields, budget: number, path: string): JsonTree {
    const { keys, items } = tree;
    const sizes = sizesOf(tree);
    let left = budget - MARK_BYTES - path.length;
    let count = 0;
    for (; count < keys.length; count += 1) {
      left -= Buffer.byteLength(keys[count] ?? '') + 4 + (sizes[count] ?? 0);
      if (left < 0) break;
    }
    const bytes = sizeOf(tree);
    this.cuts.push({ path, bytes });
    const kept = new TreeFields(keys.slice(0, count), items.slice(0, count));
    markMissing(kept, path, bytes);
    return kept;
  }
}
