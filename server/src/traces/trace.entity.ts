import { LEVELS, STATUSES } from 'swisper-studio/contract';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

export const OBSERVATION_LEVEL_ENUM = [...LEVELS];
export const TRACE_STATUS_ENUM = [...STATUSES];

/**
 * One run of a graph. What events say is merged field by field (see `merging/merge-fields.ts`); `status` and what follows
 * it are roll-ups of the trace and its observations.
 */
@Entity('traces')
@Index('idx_traces_start_time', { synchronize: false })
@Index('idx_traces_user_id', { synchronize: false })
@Index('idx_traces_session_id', { synchronize: false })
@Index('idx_traces_name', { synchronize: false })
@Index('idx_traces_not_ok', { synchronize: false })
@Index('idx_traces_running', { synchronize: false })
@Index('idx_traces_level', { synchronize: false })
@Index('idx_traces_environment', { synchronize: false })
@Index('idx_traces_version', { synchronize: false })
@Index('idx_traces_duration', { synchronize: false })
@Index('idx_traces_tags', { synchronize: false })
export class Trace {
  @PrimaryColumn('uuid', { name: 'project_id' }) projectId!: string;
  @PrimaryColumn('uuid') id!: string;
  /** The id as sent, where it was not a UUID. */
  @Column('text', { name: 'original_id', nullable: true }) originalId!: string | null;
  @Column('text', { nullable: true }) name!: string | null;
  /** Free text owned by the observed application. */
  @Column('text', { name: 'user_id', nullable: true }) userId!: string | null;
  @Column('text', { name: 'session_id', nullable: true }) sessionId!: string | null;
  @Column('text', { array: true, nullable: true }) tags!: string[] | null;
  @Column('text', { nullable: true }) environment!: string | null;
  @Column('text', { nullable: true }) version!: string | null;
  @Column('text', { name: 'instance_id', nullable: true }) instanceId!: string | null;
  /** The start event's, else the earliest time known. */
  @Column('timestamptz', { name: 'start_time' }) startTime!: Date;
  @Column('timestamptz', { name: 'end_time', nullable: true }) endTime!: Date | null;
  @Column('enum', {
    name: 'own_level',
    enum: OBSERVATION_LEVEL_ENUM,
    enumName: 'observation_level',
    nullable: true,
  })
  ownLevel!: string | null;
  @Column('text', { name: 'reported_status', nullable: true }) reportedStatus!: string | null;
  @Column('text', { name: 'status_message', nullable: true }) statusMessage!: string | null;
  @Column('bytea', { name: 'start_version', nullable: true }) startVersion!: Buffer | null;
  @Column('bytea', { name: 'end_version', nullable: true }) endVersion!: Buffer | null;
  @Column('jsonb', { nullable: true }) versions!: Record<string, string> | null;
  /** What was done to the data on its way in, e.g. `clock_shifted`, `sanitised:name`. */
  @Column('text', { array: true, default: () => "'{}'" }) marks!: string[];
  @Column('timestamptz', { name: 'received_at' }) receivedAt!: Date;
  @Column('timestamptz', { name: 'last_received_at' }) lastReceivedAt!: Date;
  /** Once a signed event wrote it, no unsigned one does, nor adds anything to it. */
  @Column('boolean', { default: false }) signed!: boolean;
  @Column('enum', { enum: TRACE_STATUS_ENUM, enumName: 'trace_status', default: 'running' }) status!: string;
  @Column('enum', { enum: OBSERVATION_LEVEL_ENUM, enumName: 'observation_level', default: 'DEFAULT' })
  level!: string;
  @Column('integer', { name: 'observation_count', default: 0 }) observationCount!: number;
  @Column('integer', { name: 'error_count', default: 0 }) errorCount!: number;
  /** End of the last root observation, for traces that never get an end of their own. */
  @Column('timestamptz', { name: 'inferred_end_time', nullable: true }) inferredEndTime!: Date | null;
  /** From the start to the end that is known; null while there is none. */
  @Column('double precision', { name: 'duration_ms', nullable: true }) durationMs!: number | null;
  /** Sums over observations; null where none reported any. bigint and numeric arrive as text. */
  @Column('bigint', { name: 'input_tokens', nullable: true }) inputTokens!: string | null;
  @Column('bigint', { name: 'output_tokens', nullable: true }) outputTokens!: string | null;
  @Column('bigint', { name: 'total_tokens', nullable: true }) totalTokens!: string | null;
  @Column('numeric', { name: 'input_cost', nullable: true }) inputCost!: string | null;
  @Column('numeric', { name: 'output_cost', nullable: true }) outputCost!: string | null;
  @Column('numeric', { name: 'total_cost', nullable: true }) totalCost!: string | null;
  /** A large trace is not added up again before this time, unless it ends. */
  @Column('timestamptz', { name: 'next_rollup_at', nullable: true }) nextRollupAt!: Date | null;
  /** The hour of `project_hours` it is counted in; null before it was counted. */
  @Column('timestamptz', { name: 'counted_hour', nullable: true }) countedHour!: Date | null;
}
