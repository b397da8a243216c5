import type { ObservationTree, TreeNode } from '../trace-model/observation-tree.ts';
import { ancestorIds } from '../trace-model/visible-rows.ts';

export interface GridPlace {
  readonly tree: ObservationTree;
  /** Visible nodes by index; the trace's own row stands before them as row 0. */
  readonly rows: Int32Array;
  readonly active: number;
  readonly collapsed: ReadonlySet<string>;
  readonly pageRows: number;
}

/** What a key does: select another row (null: the trace), or fold and unfold one. */
export interface GridMove {
  readonly selectId?: string | null;
  readonly toggleId?: string;
}

type Key = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>;

/** Keys of the tree, as the ARIA treegrid pattern has them, and e / E for the next and previous error. */
export function gridMove(event: Key, place: GridPlace): GridMove | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const node = nodeAt(place, place.active);
  switch (event.key) {
    case 'ArrowDown':
      return select(place, place.active + 1);
    case 'ArrowUp':
      return select(place, place.active - 1);
    case 'Home':
      return select(place, 0);
    case 'End':
      return select(place, place.rows.length);
    case 'PageDown':
      return select(place, place.active + place.pageRows);
    case 'PageUp':
      return select(place, place.active - place.pageRows);
    case 'ArrowRight':
      return node && isFolded(node, place) ? { toggleId: node.observation.id } : stepInto(place, node);
    case 'ArrowLeft':
      return stepOut(place, node);
    case 'e':
      return selectError(place, 1);
    case 'E':
      return selectError(place, -1);
    default:
      return null;
  }
}

function nodeAt({ tree, rows }: GridPlace, row: number): TreeNode | null {
  return row === 0 ? null : (tree.nodes[rows[row - 1] ?? -1] ?? null);
}

function select(place: GridPlace, row: number): GridMove {
  const target = Math.min(place.rows.length, Math.max(0, row));
  return { selectId: nodeAt(place, target)?.observation.id ?? null };
}

function isFolded(node: TreeNode, { collapsed }: GridPlace): boolean {
  return node.childCount > 0 && collapsed.has(node.observation.id);
}

function stepInto(place: GridPlace, node: TreeNode | null): GridMove | null {
  return node === null || node.childCount > 0 ? select(place, place.active + 1) : null;
}

function stepOut(place: GridPlace, node: TreeNode | null): GridMove | null {
  if (node === null) return null;
  if (node.childCount > 0 && !isFolded(node, place)) return { toggleId: node.observation.id };
  return { selectId: ancestorIds(place.tree, node.observation.id)[0] ?? null };
}

/** Errors are found in folded parts too. */
function selectError(place: GridPlace, step: 1 | -1): GridMove | null {
  const { nodes } = place.tree;
  const current = nodeAt(place, place.active);
  const start = current
    ? (place.tree.indexById.get(current.observation.id) ?? 0)
    : step === 1
      ? -1
      : nodes.length;
  for (let i = start + step; i >= 0 && i < nodes.length; i += step) {
    const node = nodes[i];
    if (node?.observation.status === 'error') return { selectId: node.observation.id };
  }
  return null;
}
