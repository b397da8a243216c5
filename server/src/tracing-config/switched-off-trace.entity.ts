import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A trace that began while tracing was off: what still comes of it is dropped, also after tracing is on again. */
@Entity('switched_off_traces')
@Index('idx_switched_off_traces_remembered_at', ['projectId', 'rememberedAt'])
export class SwitchedOffTrace {
  @PrimaryColumn('uuid', { name: 'project_id' }) projectId!: string;
  @PrimaryColumn('uuid', { name: 'trace_id' }) traceId!: string;
  /** Redis' time of the earliest entry seen of it. */
  @Column('timestamptz', { name: 'first_received_at' }) firstReceivedAt!: Date;
  /** The server's time; it is forgotten 24 h later. */
  @Column('timestamptz', { name: 'remembered_at' }) rememberedAt!: Date;
}
