import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The event account of a project since its beginning. */
@Entity('event_totals')
export class EventTotal {
  /** The nil UUID for what was refused before it was verified. */
  @PrimaryColumn('uuid', { name: 'project_id' }) projectId!: string;
  @Column('bigint') received!: string;
  @Column('bigint') stored!: string;
  @Column('bigint') duplicate!: string;
  /** How many of the received came without a signature. */
  @Column('bigint') unverified!: string;
  /** Count by reason. */
  @Column('jsonb') rejected!: Record<string, number>;
  @Column('jsonb', { name: 'switched_off' }) switchedOff!: Record<string, number>;
}
