import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { Project } from '../projects/index.ts';

/** One turn of a project's tracing switch: who, when, why. */
@Entity('tracing_changes')
export class TracingChange {
  @PrimaryColumn('uuid', { name: 'project_id' }) projectId!: string;
  @ManyToOne(() => Project, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'project_id', foreignKeyConstraintName: 'fk_tracing_changes_project' })
  project!: Project;
  @PrimaryColumn('bigint') version!: string;
  @Column('boolean', { name: 'tracing_enabled' }) tracingEnabled!: boolean;
  @Column('timestamptz', { name: 'changed_at' }) changedAt!: Date;
  /** The same moment by Redis' clock, which entries are judged by. Null in old rows: `changedAt` stands for it. */
  @Column('timestamptz', { name: 'effective_at', nullable: true }) effectiveAt!: Date | null;
  @Column('text', { name: 'changed_by', nullable: true }) changedBy!: string | null;
  @Column('text', { nullable: true }) reason!: string | null;
}
