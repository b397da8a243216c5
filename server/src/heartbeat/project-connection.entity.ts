import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One running process of a project's SDK. */
@Entity('project_connections')
export class ProjectConnection {
  @PrimaryColumn('uuid', { name: 'project_id' }) projectId!: string;
  @PrimaryColumn('text', { name: 'instance_id' }) instanceId!: string;
  @Column('timestamptz', { name: 'last_heartbeat_at', nullable: true }) lastHeartbeatAt!: Date | null;
  /** Redis time of the newest stored entry: a sign of life of a process whose heartbeats do not arrive. */
  @Column('timestamptz', { name: 'last_event_at', nullable: true }) lastEventAt!: Date | null;
  /** Said goodbye at this time; a later sign of life takes it back. */
  @Column('timestamptz', { name: 'stopped_at', nullable: true }) stoppedAt!: Date | null;
  @Column('text', { nullable: true }) environment!: string | null;
  @Column('text', { name: 'app_version', nullable: true }) appVersion!: string | null;
  @Column('text', { name: 'sdk_version', nullable: true }) sdkVersion!: string | null;
  @Column('text', { nullable: true }) host!: string | null;
  @Column('timestamptz', { name: 'started_at', nullable: true }) startedAt!: Date | null;
  @Column('integer', { name: 'interval_seconds', nullable: true }) intervalSeconds!: number | null;
  @Column('bigint', { name: 'beat_no', nullable: true }) beatNo!: string | null;
  @Column('jsonb', { nullable: true }) counters!: Record<string, unknown> | null;
  @Column('bigint', { name: 'config_version', nullable: true }) configVersion!: string | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
}
