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
  /** Numbers that producers missed for good: those whose progress is no longer kept. Null: none. */
  @Column('numeric', { name: 'forgotten_missing', nullable: true }) forgottenMissing!: string | null;
  /** Since when the first of them was missing. */
  @Column('timestamptz', { name: 'forgotten_missing_since', nullable: true })
  forgottenMissingSince!: Date | null;
}
