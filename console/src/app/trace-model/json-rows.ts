import { entriesOf, ExactNumber, isContainer, previewOf, summaryOf, type JsonValue } from './json-value.ts';
import { childPath } from './state-diff.ts';

export type JsonRowKind = 'string' | 'number' | 'boolean' | 'null' | 'container' | 'more';

export interface JsonRow {
  readonly path: string;
  readonly depth: number;
  readonly key: string;
  readonly kind: JsonRowKind;
  /** What stands beside the key; for `more` the number of entries not shown. */
  readonly text: string;
  readonly isOpen: boolean;
  /** A string that was shortened: how long it is. */
  readonly fullChars: number | null;
}

export interface JsonView {
  /** Containers (and long strings) whose state differs from the default. */
  readonly toggled: ReadonlySet<string>;
  /** How many entries of a container are shown, where more than one page of them. */
  readonly shown: ReadonlyMap<string, number>;
}

export const PAGE_ENTRIES = 100;
const OPEN_DEPTH = 2;
const OPEN_MAX_ENTRIES = 30;
const MAX_TEXT_CHARS = 2_000;
const BINARY_MIN_CHARS = 4_000;

/** The rows to show for a value. The root's entries stand at depth 0. */
export function jsonRows(root: JsonValue, view: JsonView): JsonRow[] {
  const rows: JsonRow[] = [];
  if (isContainer(root)) addEntries(rows, { value: root, path: '', depth: 0 }, view);
  else rows.push(leafRow({ value: root, path: '', depth: 0, key: '' }, view));
  return rows;
}

function addEntries(
  rows: JsonRow[],
  at: { value: Parameters<typeof entriesOf>[0]; path: string; depth: number },
  view: JsonView,
): void {
  const entries = entriesOf(at.value);
  const limit = view.shown.get(at.path) ?? PAGE_ENTRIES;
  for (const [key, value] of entries.slice(0, limit)) {
    const path = Array.isArray(at.value) ? `${at.path}[${key}]` : childPath(at.path, key);
    const place = { value, path, depth: at.depth, key };
    if (!isContainer(value)) {
      rows.push(leafRow(place, view));
      continue;
    }
    const size = Array.isArray(value) ? value.length : Object.keys(value).length;
    const opensByItself = at.depth + 1 < OPEN_DEPTH && size <= OPEN_MAX_ENTRIES;
    const isOpen = size > 0 && opensByItself !== view.toggled.has(path);
    const text = isOpen ? summaryOf(value) : `${summaryOf(value)} ${previewOf(value, 80)}`;
    rows.push({ path, depth: at.depth, key, kind: 'container', text, isOpen, fullChars: null });
    if (isOpen) addEntries(rows, { value, path, depth: at.depth + 1 }, view);
  }
  if (entries.length > limit) {
    const text = String(entries.length - limit);
    rows.push({
      path: at.path,
      depth: at.depth,
      key: '',
      kind: 'more',
      text,
      isOpen: false,
      fullChars: null,
    });
  }
}

function leafRow(
  at: { value: JsonValue; path: string; depth: number; key: string },
  view: JsonView,
): JsonRow {
  const { value, ...place } = at;
  if (typeof value !== 'string')
    return { ...place, kind: kindOf(value), text: previewOf(value), isOpen: false, fullChars: null };
  const isOpen = view.toggled.has(at.path);
  if (isOpen || value.length <= MAX_TEXT_CHARS) {
    return { ...place, kind: 'string', text: value, isOpen, fullChars: isOpen ? value.length : null };
  }
  const media = binaryType(value);
  const text = media ?? `${value.slice(0, MAX_TEXT_CHARS)}…`;
  return { ...place, kind: 'string', text, isOpen: false, fullChars: value.length };
}

/** `image/png, base64` for long encoded binary, which nobody reads as text; null for text. */
export function binaryType(text: string): string | null {
  if (text.length < BINARY_MIN_CHARS) return null;
  const media = /^data:([\w.+-]+\/[\w.+-]+)?[^,]{0,100};base64,/.exec(text);
  if (media) return `${media[1] ?? 'data'}, base64`;
  return /^[A-Za-z0-9+/_-]+={0,2}$/.test(text.slice(0, 2_000)) ? 'base64' : null;
}

function kindOf(value: JsonValue): JsonRowKind {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'boolean';
  return value instanceof ExactNumber || typeof value === 'number' ? 'number' : 'string';
}
