import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One observed application. */
@Entity('projects')
export class Project {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') name!: string;
  @Column('text', { nullable: true }) description!: string | null;
  @Column('text', { nullable: true }) environment!: string | null;
  /** IANA name; decides what "traces today" means. */
  @Column('text', { name: 'time_zone', default: 'UTC' }) timeZone!: string;
  @Index('idx_projects_tracing_enabled')
  @Column('boolean', { name: 'tracing_enabled', default: true })
  tracingEnabled!: boolean;
  /** Rises with every change of the switch; bigint arrives as text. */
  @Column('bigint', { name: 'tracing_version', default: 1 }) tracingVersion!: string;
  /** Set by the first entry with a valid signature; unsigned entries are refused from then on. */
  @Column('boolean', { name: 'require_signature', default: false }) requireSignature!: boolean;
  @Column('timestamptz', { name: 'signed_since', nullable: true }) signedSince!: Date | null;
  /** Traces that nothing arrived for in this many days are deleted; null: kept for ever. */
  @Column('integer', { name: 'retention_days', nullable: true }) retentionDays!: number | null;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' }) updatedAt!: Date;
  /** Deleted for everybody at once; the rows go in the background. */
  @Column('timestamptz', { name: 'deleted_at', nullable: true }) deletedAt!: Date | null;
}
