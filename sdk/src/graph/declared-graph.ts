import { createHash } from 'node:crypto';
import { type GraphHeader } from '../contract/index.ts';
import { fieldOf } from '../field-of.ts';
import { isPregel, isSubgraph, type PregelLike } from './pregel-decoder.ts';

/** More is not sent: first a graph's subgraphs are left out, then the graph is not declared at all. */
const MAX_NODES = 2000;
const MAX_EDGES = 10_000;
const MAX_JSON_CHARS = 512 * 1024;
const MAX_DEPTH = 10;

const START = '__start__';
const END = '__end__';
/** LangGraph allows it in no node's name, and joins the names of nested nodes with it itself. */
const SEPARATOR = ':';

type Edge = GraphHeader['edges'][number];

/** A graph as it was built: every node and every way it may take, in an order that does not depend on how it was built. */
export type DeclaredGraph = Pick<GraphHeader, 'version_hash' | 'nodes' | 'edges'>;

/** Nodes LangGraph adds itself, but for a graph's two ends. */
const isShown = (name: string): boolean => !name.startsWith('__') || name === START || name === END;

const isPair = (value: unknown): value is readonly [string, string] =>
  Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'string';

const entriesOf = (value: unknown): [string, unknown][] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : [];

const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value;

const textsOf = (value: unknown): string[] =>
  (isIterable(value) ? [...value] : entriesOf(value).map(([, each]) => each)).filter(
    (each) => typeof each === 'string',
  );

/** What the builder of a graph says; a graph without one (made by hand, or of functions) has nodes only. */
class GraphReader {
  readonly nodes = new Set<string>();
  private readonly edges = new Map<string, Edge>();

  read(graph: PregelLike, prefix: string, depth: number): void {
    const builder = fieldOf(graph, 'builder');
    const names = Object.keys(graph.nodes).filter(isShown);
    for (const name of names) this.nodes.add(prefix + name);
    this.readFixed(builder, prefix);
    this.readBranches(builder, prefix, names);
    this.readCommands(builder, prefix);
    this.addEnds(prefix);
    if (depth > 0) this.readSubgraphs(graph, prefix, depth);
  }

  get allEdges(): Edge[] {
    return [...this.edges.values()];
  }

  private add(source: string, target: string, conditional: boolean): void {
    if (![source, target].every((each) => isShown(each.slice(each.lastIndexOf(SEPARATOR) + 1)))) return;
    const key = `${source}\n${target}`;
    this.nodes.add(source).add(target);
    // A way that is always taken is not made less so by a condition.
    if (this.edges.get(key)?.conditional !== false) this.edges.set(key, { source, target, conditional });
  }

  private readFixed(builder: unknown, prefix: string): void {
    const edges = fieldOf(builder, 'allEdges');
    for (const edge of isIterable(edges) ? edges : [])
      if (isPair(edge)) this.add(prefix + edge[0], prefix + edge[1], false);
  }

  /** A branch that does not say where it leads may lead anywhere. */
  private readBranches(builder: unknown, prefix: string, names: readonly string[]): void {
    for (const [source, branches] of entriesOf(fieldOf(builder, 'branches'))) {
      for (const [, branch] of entriesOf(branches)) {
        const ends = fieldOf(branch, 'ends');
        const anywhere = [...names.filter((name) => name !== source && name !== START), END];
        for (const end of ends === undefined ? anywhere : textsOf(ends))
          this.add(prefix + source, prefix + end, true);
      }
    }
  }

  /** Where a node said its commands may go. */
  private readCommands(builder: unknown, prefix: string): void {
    for (const [name, node] of entriesOf(fieldOf(builder, 'nodes')))
      for (const end of textsOf(fieldOf(node, 'ends'))) this.add(prefix + name, prefix + end, true);
  }

  /** A node that is always reached and leads nowhere ends the graph. Called before the subgraphs are read. */
  private addEnds(prefix: string): void {
    const own = this.allEdges.filter(({ source }) => source.startsWith(prefix));
    const sources = new Set(own.map(({ source }) => source));
    for (const { target, conditional } of own)
      if (!conditional && target !== prefix + END && !sources.has(target))
        this.add(target, prefix + END, false);
  }

  private readSubgraphs(graph: PregelLike, prefix: string, depth: number): void {
    for (const [name, { bound }] of Object.entries(graph.nodes)) {
      if (this.nodes.size > MAX_NODES) return;
      if (isShown(name) && isSubgraph(bound) && isPregel(bound))
        this.read(bound, prefix + name + SEPARATOR, depth - 1);
    }
  }
}

const byText = (one: string, other: string): number => (one < other ? -1 : Number(one > other));

function declaredTo(graph: PregelLike, depth: number): DeclaredGraph | undefined {
  const reader = new GraphReader();
  reader.read(graph, '', depth);
  const nodes = [...reader.nodes].sort(byText);
  const edges = reader.allEdges.sort(
    (one, other) => byText(one.source, other.source) || byText(one.target, other.target),
  );
  if (nodes.length > MAX_NODES || edges.length > MAX_EDGES) return undefined;
  const text = JSON.stringify([nodes, edges]);
  if (text.length > MAX_JSON_CHARS) return undefined;
  return { version_hash: createHash('sha256').update(text).digest('hex').slice(0, 32), nodes, edges };
}

/**
 * What a compiled graph declares: its nodes, those of its subgraphs as `node:inner`, and its edges. Only reads; runs
 * nothing of the graph. Undefined when it is too large to be sent.
 */
export function declaredGraph(graph: PregelLike): DeclaredGraph | undefined {
  return declaredTo(graph, MAX_DEPTH) ?? declaredTo(graph, 0);
}
