import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Which of its numbers a producer's events have arrived with. */
@Entity('producer_progress')
export class ProducerProgress {
  @PrimaryColumn('uuid', { name: 'project_id' }) projectId!: string;
  /** Unsigned senders are counted apart: what they claim says nothing about signed ones. */
  @PrimaryColumn('boolean') verified!: boolean;
  @PrimaryColumn('text', { name: 'instance_id' }) instanceId!: string;
  /** Numbers accounted for, those of forgotten holes included. */
  @Column('int8multirange') seen!: string;
  @Column('bigint', { name: 'seen_count' }) seenCount!: string;
  /** Highest number known to have been given, from entries and heartbeats. */
  @Column('bigint') highest!: string;
  /** `highest` - `seen_count` + `given_up`: numbers that were given and have not arrived. */
  @Column('bigint') missing!: string;
  /** Since when `missing` has not been 0; null while it is. */
  @Column('timestamptz', { name: 'missing_since', nullable: true }) missingSince!: Date | null;
  /** Numbers of holes that were closed because there were too many of them. They stay missing. */
  @Column('bigint', { name: 'given_up' }) givenUp!: string;
  /** Below it `seen` no longer tells what has arrived. */
  @Column('bigint', { name: 'forgotten_below' }) forgottenBelow!: string;
  /** What a heartbeat said was published, until all that was on the stream by then has been stored. */
  @Column('bigint', { nullable: true }) announced!: string | null;
  /** When the heartbeat came, by the server's clock. */
  @Column('timestamptz', { name: 'announced_at', nullable: true }) announcedAt!: Date | null;
  /** The producer's own counters, as its newest entry had them. */
  @Column('jsonb', { nullable: true }) counters!: Record<string, unknown> | null;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
}
