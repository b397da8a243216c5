import { Column, Entity, PrimaryColumn } from 'typeorm';

/** "This trace changed": set in the transaction that changed it, cleared by the roll-up that counted the change. */
@Entity('trace_rollup_marks')
export class TraceRollupMark {
  @PrimaryColumn('uuid', { name: 'project_id' }) projectId!: string;
  @PrimaryColumn('uuid', { name: 'trace_id' }) traceId!: string;
  @Column('bigint') mark!: string;
}
