export interface GraphEdge {
  readonly source: string;
  readonly target: string;
  readonly conditional: boolean;
}

/** What one `graph` event declares, decoded and sanitised. */
export interface GraphEvent {
  readonly projectId: string;
  /** Whether a signature says whose it is. What is not signed never changes what is. */
  readonly isSigned: boolean;
  /** Time of the stream entry, ms since 1970. */
  readonly receivedMs: number;
  readonly name: string;
  readonly versionHash: string;
  readonly nodes: readonly string[];
  readonly edges: readonly GraphEdge[];
}

/** What a version may have, and a project. Beyond the first two an event is refused, beyond the last the oldest go. */
export const GRAPH_LIMITS = { nodes: 2_000, edges: 10_000, versionsPerProject: 1_000 } as const;
