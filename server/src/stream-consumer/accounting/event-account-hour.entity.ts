import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The event account of one hour: `received` = `stored` + `duplicate` + all of `rejected` + all of `switched_off`. */
@Entity('event_accounts')
@Index('idx_event_accounts_hour', ['hour'])
export class EventAccountHour {
  /** The verified project; the nil UUID for what was refused before it was verified. */
  @PrimaryColumn('uuid', { name: 'project_id' }) projectId!: string;
  /** Empty where the sender is no known process. */
  @PrimaryColumn('text', { name: 'instance_id' }) instanceId!: string;
  /** Start of the hour, by Redis' clock. */
  @PrimaryColumn('timestamptz') hour!: Date;
  @Column('bigint') received!: string;
  @Column('bigint') stored!: string;
  @Column('bigint') duplicate!: string;
  /** How many of the received came without a signature. */
  @Column('bigint') unverified!: string;
  /** Count by reason. */
  @Column('jsonb') rejected!: Record<string, number>;
  @Column('jsonb', { name: 'switched_off' }) switchedOff!: Record<string, number>;
}
