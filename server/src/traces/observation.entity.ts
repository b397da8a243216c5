import { Column, Entity, PrimaryColumn } from 'typeorm';
import { OBSERVATION_LEVEL_ENUM } from './trace.entity.ts';

/** One step inside a trace. Its payloads are in `observation_payloads`, so that reading a tree stays narrow. */
@Entity('observations')
export class Observation {
  @PrimaryColumn('uuid', { name: 'project_id' }) projectId!: string;
  @PrimaryColumn('uuid', { name: 'trace_id' }) traceId!: string;
  @PrimaryColumn('uuid') id!: string;
  @Column('text', { name: 'original_id', nullable: true }) originalId!: string | null;
  @Column('uuid', { name: 'parent_observation_id', nullable: true }) parentObservationId!: string | null;
  @Column('text', { nullable: true }) name!: string | null;
  @Column('text', { nullable: true }) type!: string | null;
  @Column('text', { nullable: true }) model!: string | null;
  @Column('json', { name: 'model_parameters', nullable: true }) modelParameters!: unknown;
  @Column('jsonb', { nullable: true }) usage!: Record<string, number> | null;
  @Column('jsonb', { nullable: true }) cost!: Record<string, number> | null;
  @Column('timestamptz', { name: 'start_time' }) startTime!: Date;
  @Column('timestamptz', { name: 'end_time', nullable: true }) endTime!: Date | null;
  @Column('timestamptz', { name: 'completion_start_time', nullable: true }) completionStartTime!: Date | null;
  @Column('enum', { enum: OBSERVATION_LEVEL_ENUM, enumName: 'observation_level', nullable: true })
  level!: string | null;
  @Column('text', { name: 'reported_status', nullable: true }) reportedStatus!: string | null;
  @Column('text', { name: 'status_message', nullable: true }) statusMessage!: string | null;
  @Column('bytea', { name: 'start_version', nullable: true }) startVersion!: Buffer | null;
  @Column('bytea', { name: 'end_version', nullable: true }) endVersion!: Buffer | null;
  @Column('jsonb', { nullable: true }) versions!: Record<string, string> | null;
  @Column('text', { array: true, default: () => "'{}'" }) marks!: string[];
  @Column('timestamptz', { name: 'received_at' }) receivedAt!: Date;
  @Column('timestamptz', { name: 'last_received_at' }) lastReceivedAt!: Date;
  /** Once a signed event wrote it, no unsigned one does. */
  @Column('boolean', { default: false }) signed!: boolean;
}
