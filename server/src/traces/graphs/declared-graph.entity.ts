import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * A version of a graph as its application declared it: what may run, beside the traces of what did. Its content is that of
 * the first event that told it, a signed one before any that is not. Kept until 1,000 newer ones of the project were seen,
 * where it is signed: 1,000 signed ones.
 */
@Entity('declared_graphs')
@Index('declared_graphs_last_seen', ['projectId', 'lastSeenAt', 'name', 'versionHash'])
export class DeclaredGraph {
  @PrimaryColumn('uuid', { name: 'project_id' }) projectId!: string;
  /** Also the name of its runs: of their traces, or of the observations they are. */
  @PrimaryColumn('text') name!: string;
  /** Of nodes and edges, made by the application's SDK. */
  @PrimaryColumn('text', { name: 'version_hash' }) versionHash!: string;
  /** List of texts; nodes of a subgraph are `node:inner`. */
  @Column('json') nodes!: string[];
  /** List of `{source, target, conditional}`. */
  @Column('json') edges!: object[];
  @Column('integer', { name: 'node_count' }) nodeCount!: number;
  @Column('integer', { name: 'edge_count' }) edgeCount!: number;
  /** Whether a signature said whose it is. */
  @Column('boolean') signed!: boolean;
  /** Redis' times. */
  @Column('timestamptz', { name: 'first_seen_at' }) firstSeenAt!: Date;
  @Column('timestamptz', { name: 'last_seen_at' }) lastSeenAt!: Date;
}
