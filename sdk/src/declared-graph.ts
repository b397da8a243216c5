import { fieldOf, type PregelLike } from './pregel-decoder.ts';

const MAX_NODES = 500;

export interface DeclaredGraph {
  nodes: string[];
  edges: { source: string; target: string; conditional: boolean }[];
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value.slice(0, MAX_NODES * 4) : []);

/** Nodes and edges as the graph declares them; undefined where it cannot say. */
export function declaredGraph(graph: PregelLike): DeclaredGraph | undefined {
  try {
    const drawable = graph.getGraph?.();
    const nodes = fieldOf(drawable, 'nodes');
    if (typeof nodes !== 'object' || nodes === null) return undefined;
    const edges = listOf(fieldOf(drawable, 'edges')).map((edge) => ({
      source: String(fieldOf(edge, 'source')),
      target: String(fieldOf(edge, 'target')),
      conditional: fieldOf(edge, 'conditional') === true,
    }));
    return { nodes: Object.keys(nodes).slice(0, MAX_NODES), edges };
  } catch {
    return undefined;
  }
}
