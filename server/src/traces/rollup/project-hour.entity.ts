import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * What a project's traces that started in an hour (UTC) amount to, for charts over weeks. Written by the roll-up of the
 * traces, in its transaction. It stays when the traces are deleted. bigint and numeric arrive as text.
 */
@Entity('project_hours')
export class ProjectHour {
  @PrimaryColumn('uuid', { name: 'project_id' }) projectId!: string;
  @PrimaryColumn('timestamptz') hour!: Date;
  @Column('bigint') traces!: string;
  /** Traces whose status is `error`. */
  @Column('bigint') errors!: string;
  @Column('bigint') observations!: string;
  @Column('numeric', { name: 'input_tokens' }) inputTokens!: string;
  @Column('numeric', { name: 'output_tokens' }) outputTokens!: string;
  @Column('numeric', { name: 'total_tokens' }) totalTokens!: string;
  /** US dollars. */
  @Column('numeric', { name: 'total_cost' }) totalCost!: string;
}
