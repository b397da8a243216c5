import type { Observation } from '../api/model.ts';

/** One observation in its place. Nodes are kept in one flat list in the order of the tree, parents before children. */
export interface TreeNode {
  readonly observation: Observation;
  /** 0 for an observation without a parent. */
  readonly depth: number;
  /** Index of the first node after this one's subtree. */
  readonly end: number;
  readonly childCount: number;
  /** 1-based place among its siblings, and how many they are. */
  readonly position: number;
  readonly siblings: number;
  /** Observations with an error in the subtree, this one included. */
  readonly errors: number;
  /** Its parent is named but was not received (or the chain of parents loops): shown at the root. */
  readonly isOrphan: boolean;
  readonly startMs: number;
  readonly endMs: number | null;
}

export interface ObservationTree {
  readonly nodes: readonly TreeNode[];
  readonly indexById: ReadonlyMap<string, number>;
  /** Earliest start of any observation; a child may start before its parent. */
  readonly originMs: number;
  /** Latest known moment: the last end, or the last start of one that still runs. */
  readonly latestMs: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Builds the tree in one pass over the observations, without recursion (traces may be thousands of levels deep). */
export function buildTree(observations: readonly Observation[]): ObservationTree {
  const byId = new Map(observations.map((observation) => [observation.id, observation]));
  const { roots, children } = link([...byId.values()], byId);
  const nodes: Mutable<TreeNode>[] = [];
  const seen = new Set<string>();
  for (const root of roots) walk(root, children, { nodes, seen });
  // What is left hangs in a loop of parents: each loop is cut where it is met first.
  const looped = [...byId.values()].filter(({ id }) => !seen.has(id)).sort(byStart);
  for (const observation of looped)
    if (!seen.has(observation.id)) walk(observation, children, { nodes, seen });
  finish(nodes);
  return summary(nodes);
}

function link(
  observations: readonly Observation[],
  byId: ReadonlyMap<string, Observation>,
): { roots: Observation[]; children: Map<string, Observation[]> } {
  const roots: Observation[] = [];
  const children = new Map<string, Observation[]>();
  for (const observation of [...observations].sort(byStart)) {
    const parentId = observation.parent_observation_id;
    if (parentId === null || parentId === observation.id || !byId.has(parentId)) {
      roots.push(observation);
      continue;
    }
    const siblings = children.get(parentId);
    if (siblings) siblings.push(observation);
    else children.set(parentId, [observation]);
  }
  return { roots, children };
}

function walk(
  root: Observation,
  children: ReadonlyMap<string, readonly Observation[]>,
  into: { nodes: Mutable<TreeNode>[]; seen: Set<string> },
): void {
  const stack = [{ observation: root, depth: 0, position: 1, siblings: 1 }];
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { observation, depth, position, siblings } = next;
    if (into.seen.has(observation.id)) continue;
    into.seen.add(observation.id);
    const below = (children.get(observation.id) ?? []).filter(({ id }) => !into.seen.has(id));
    into.nodes.push({
      observation,
      depth,
      end: 0,
      childCount: below.length,
      position,
      siblings,
      errors: observation.status === 'error' ? 1 : 0,
      isOrphan: false,
      startMs: milliseconds(observation.start_time),
      endMs: observation.end_time === null ? null : milliseconds(observation.end_time),
    });
    for (let i = below.length - 1; i >= 0; i--) {
      const child = below[i];
      if (child)
        stack.push({ observation: child, depth: depth + 1, position: i + 1, siblings: below.length });
    }
  }
}

/** Backwards, so that every subtree is complete before its root is reached. */
function finish(nodes: Mutable<TreeNode>[]): void {
  const open: number[] = [];
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i];
    if (!node) continue;
    let end = i + 1;
    for (
      let top = open.at(-1);
      top !== undefined && (nodes[top]?.depth ?? 0) > node.depth;
      top = open.at(-1)
    ) {
      open.pop();
      node.errors += nodes[top]?.depth === node.depth + 1 ? (nodes[top]?.errors ?? 0) : 0;
      end = nodes[top]?.end ?? end;
    }
    node.end = end;
    open.push(i);
    node.isOrphan = node.depth === 0 && node.observation.parent_observation_id !== null;
  }
  const roots = nodes.filter(({ depth }) => depth === 0);
  roots.forEach((root, index) => Object.assign(root, { position: index + 1, siblings: roots.length }));
}

function summary(nodes: readonly TreeNode[]): ObservationTree {
  let originMs = Number.POSITIVE_INFINITY;
  let latestMs = Number.NEGATIVE_INFINITY;
  for (const { startMs, endMs } of nodes) {
    originMs = Math.min(originMs, startMs);
    latestMs = Math.max(latestMs, endMs ?? startMs, startMs);
  }
  const indexById = new Map(nodes.map(({ observation }, index) => [observation.id, index]));
  return { nodes, indexById, originMs, latestMs };
}

function byStart(a: Observation, b: Observation): number {
  return milliseconds(a.start_time) - milliseconds(b.start_time) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** RFC 3339 with up to microseconds; Date.parse alone would round those away and lose the order of fast steps. */
export function milliseconds(time: string): number {
  const fraction = /\.\d{3}(\d+)/.exec(time)?.[1];
  return Date.parse(time) + (fraction ? Number(`0.${fraction}`) : 0);
}
