import type { ObservationTree } from './observation-tree.ts';

/** Traces up to this many observations open with everything expanded. */
const OPEN_ALL_LIMIT = 500;
const OPEN_DEPTH = 2;

/** Indices of the nodes that are on screen when the given ones are collapsed: one pass, no object per row. */
export function visibleRows(tree: ObservationTree, collapsed: ReadonlySet<string>): Int32Array {
  const rows = new Int32Array(tree.nodes.length);
  let count = 0;
  for (let i = 0; i < tree.nodes.length;) {
    const node = tree.nodes[i];
    rows[count++] = i;
    i = node && node.childCount > 0 && collapsed.has(node.observation.id) ? node.end : i + 1;
  }
  return rows.subarray(0, count);
}

/** Large traces open to depth 2, plus what leads to errors and to the wanted observation. */
export function collapsedAtFirst(tree: ObservationTree, wantedId: string | null): Set<string> {
  if (tree.nodes.length <= OPEN_ALL_LIMIT) return new Set();
  const wanted = wantedId === null ? undefined : tree.indexById.get(wantedId);
  const collapsed = new Set<string>();
  tree.nodes.forEach((node, index) => {
    const leadsToWanted = wanted !== undefined && wanted > index && wanted < node.end;
    const leadsToError = node.errors > (node.observation.status === 'error' ? 1 : 0);
    if (node.childCount > 0 && node.depth + 1 >= OPEN_DEPTH && !leadsToWanted && !leadsToError) {
      collapsed.add(node.observation.id);
    }
  });
  return collapsed;
}

/** Every id above the node, nearest first. */
export function ancestorIds(tree: ObservationTree, id: string): string[] {
  const start = tree.indexById.get(id);
  if (start === undefined) return [];
  const ids: string[] = [];
  let depth = tree.nodes[start]?.depth ?? 0;
  for (let i = start - 1; i >= 0 && depth > 0; i--) {
    const node = tree.nodes[i];
    if (node && node.depth === depth - 1) {
      ids.push(node.observation.id);
      depth = node.depth;
    }
  }
  return ids;
}
