import { diffWordsWithSpace } from 'diff';

import {
  entriesOf,
  isContainer,
  previewOf,
  summaryOf,
  type JsonObject,
  type JsonValue,
} from './json-value.ts';
import { childPath, type DiffMark, type DiffNode } from './state-diff.ts';

/** Part of a changed text; `isChanged` parts exist on one side only. */
export interface TextPart {
  readonly text: string;
  readonly isChanged: boolean;
}

interface RowPlace {
  readonly id: string;
  readonly depth: number;
  readonly key: string;
  readonly path: string;
}

export type DiffRow = RowPlace &
  (
    | {
        readonly kind: 'change';
        readonly mark: DiffMark;
        readonly before: TextPart[];
        readonly after: TextPart[];
      }
    /** Content of an added or removed value. */
    | { readonly kind: 'detail'; readonly mark: '+' | '-'; readonly text: string }
    /** Something changed below this key. */
    | { readonly kind: 'context'; readonly text: string }
    | { readonly kind: 'same'; readonly text: string }
    /** Unchanged neighbours, folded. */
    | { readonly kind: 'fold'; readonly count: number; readonly of: 'keys' | 'items' }
    /** Details beyond the limit. */
    | { readonly kind: 'more'; readonly count: number }
  );

export interface DiffView {
  readonly showUnchanged: boolean;
  /** Ids of `fold` and `more` rows that were opened. */
  readonly opened: ReadonlySet<string>;
}

const MAX_DETAILS = 40;
const MAX_WORD_DIFF_CHARS = 20_000;

/** The rows to show for a difference, in order. The root itself has no row. */
export function diffRows(root: DiffNode, view: DiffView): DiffRow[] {
  const rows: DiffRow[] = [];
  if (root.kind === 'inside') addChildren(rows, { nodes: root.children, of: unitOf(root.after) }, view, 0);
  else if (root.kind === 'same' && isContainer(root.value)) addSameValue(rows, root.value, view);
  else addNode(rows, root, view, 0);
  return rows;
}

function addNode(rows: DiffRow[], node: DiffNode, view: DiffView, depth: number): void {
  const place = { id: `${node.kind}:${node.path}`, depth, key: node.key, path: node.path };
  switch (node.kind) {
    case 'same':
      rows.push({ ...place, kind: 'same', text: previewOf(node.value) });
      break;
    case 'inside':
      rows.push({ ...place, kind: 'context', text: insideText(node.before, node.after) });
      addChildren(rows, { nodes: node.children, of: unitOf(node.after) }, view, depth + 1);
      break;
    case 'changed':
      rows.push({ ...place, kind: 'change', mark: '~', ...changedParts(node.before, node.after) });
      addDetails(rows, { value: node.before, mark: '-', place }, view);
      addDetails(rows, { value: node.after, mark: '+', place }, view);
      break;
    case 'added':
      rows.push({ ...place, kind: 'change', mark: '+', before: [], after: [whole(headOf(node.after))] });
      addDetails(rows, { value: node.after, mark: '+', place }, view);
      break;
    case 'removed':
      rows.push({ ...place, kind: 'change', mark: '-', before: [whole(headOf(node.before))], after: [] });
      addDetails(rows, { value: node.before, mark: '-', place }, view);
      break;
  }
}

/** Children in order, each run of unchanged ones as one fold. */
function addChildren(
  rows: DiffRow[],
  list: { nodes: readonly DiffNode[]; of: 'keys' | 'items' },
  view: DiffView,
  depth: number,
): void {
  for (let i = 0; i < list.nodes.length;) {
    let end = i;
    while (list.nodes[end]?.kind === 'same') end++;
    const first = list.nodes[i];
    if (end === i) {
      if (first) addNode(rows, first, view, depth);
      i++;
      continue;
    }
    const id = `fold:${first?.path ?? ''}`;
    if (view.showUnchanged || view.opened.has(id)) {
      for (const node of list.nodes.slice(i, end)) addNode(rows, node, view, depth);
    } else {
      rows.push({ id, depth, key: '', path: first?.path ?? '', kind: 'fold', count: end - i, of: list.of });
    }
    i = end;
  }
}

function addSameValue(rows: DiffRow[], value: JsonObject | JsonValue[], view: DiffView): void {
  const of = unitOf(value);
  const nodes = entriesOf(value).map(([key, item]): DiffNode => ({
    kind: 'same',
    key: of === 'items' ? `[${key}]` : key,
    path: of === 'items' ? `[${key}]` : childPath('', key),
    value: item,
  }));
  addChildren(rows, { nodes, of }, view, 0);
}

/** Lines inside an added or removed object or list, up to a limit that a click lifts. */
function addDetails(
  rows: DiffRow[],
  from: { value: JsonValue; mark: '+' | '-'; place: RowPlace },
  view: DiffView,
): void {
  const details = detailRows(from.value, from.mark, from.place);
  const id = `more${from.mark}:${from.place.id}`;
  const isOpen = view.opened.has(id) || details.length <= MAX_DETAILS;
  rows.push(...(isOpen ? details : details.slice(0, MAX_DETAILS)));
  if (isOpen) return;
  const { depth, path } = from.place;
  rows.push({ id, depth: depth + 1, key: '', path, kind: 'more', count: details.length - MAX_DETAILS });
}

function detailRows(value: JsonValue, mark: '+' | '-', place: RowPlace): DiffRow[] {
  if (!isContainer(value)) return [];
  return entriesOf(value).flatMap(([key, item]) => {
    const isItem = Array.isArray(value);
    const path = isItem ? `${place.path}[${key}]` : childPath(place.path, key);
    const at = { id: `detail${mark}:${path}`, depth: place.depth + 1, key: isItem ? `[${key}]` : key, path };
    return [
      { ...at, kind: 'detail', mark, text: headOf(item) } satisfies DiffRow,
      ...detailRows(item, mark, at),
    ];
  });
}

function changedParts(before: JsonValue, after: JsonValue): { before: TextPart[]; after: TextPart[] } {
  const isShortText =
    typeof before === 'string' &&
    typeof after === 'string' &&
    Math.max(before.length, after.length) < MAX_WORD_DIFF_CHARS;
  if (!isShortText) return { before: [whole(headOf(before))], after: [whole(headOf(after))] };
  const changes = diffWordsWithSpace(before, after);
  const side = (other: 'added' | 'removed', own: 'added' | 'removed'): TextPart[] => [
    whole('"'),
    ...changes
      .filter((change) => !change[other])
      .map(({ value, [own]: isChanged }) => ({ text: value, isChanged })),
    whole('"'),
  ];
  return { before: side('added', 'removed'), after: side('removed', 'added') };
}

function insideText(before: JsonValue, after: JsonValue): string {
  if (!Array.isArray(before) || !Array.isArray(after)) return '';
  return before.length === after.length ? `[${after.length}]` : `[${before.length} → ${after.length}]`;
}

function headOf(value: JsonValue): string {
  return isContainer(value) ? summaryOf(value) : previewOf(value, 2_000);
}

function unitOf(value: JsonValue): 'keys' | 'items' {
  return Array.isArray(value) ? 'items' : 'keys';
}

function whole(text: string): TextPart {
  return { text, isChanged: false };
}
