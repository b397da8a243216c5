import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Which of its numbers a producer's events have arrived with. */
@Entity('producer_progress')
@Index('idx_producer_progress_announcing', { synchronize: false })
export class ProducerProgress {
  @PrimaryColumn('uuid', { name: 'project_id' }) projectId!: string;
  /** Unsigned senders are counted apart: what they claim says nothing about signed ones. */
  @PrimaryColumn('boolean') verified!: boolean;
  @PrimaryColumn('text', { name: 'instance_id' }) instanceId!: string;
  /** Numbers accounted for, those of forgotten holes included. */
  @Column('int8multirange') seen!: string;
  @Column('bigint', { name: 'seen_count' }) seenCount!: string;
  /** Highest number that arrived. */
  @Column('bigint') highest!: string;
  /** The higher of `highest` and `announced`, - `seen_count` + `given_up`: numbers that were given and did not arrive. */
  @Column('bigint') missing!: string;
  /** Since when `missing` has not been 0; null while it is. */
  @Column('timestamptz', { name: 'missing_since', nullable: true }) missingSince!: Date | null;
  /** Numbers of holes that were closed because there were too many of them. They stay missing. */
  @Column('bigint', { name: 'given_up' }) givenUp!: string;
  /** Below it `seen` no longer tells what has arrived. */
  @Column('bigint', { name: 'forgotten_below' }) forgottenBelow!: string;
  /** How many numbers the producer says it has given, as its newest settled heartbeat implies; null: it never said. */
  @Column('bigint', { nullable: true }) announced!: string | null;
  /** The same of a newer heartbeat, until all that was on the stream by then has been stored. */
  @Column('bigint', { nullable: true }) announcing!: string | null;
  /** When that heartbeat came, by the server's clock. */
  @Column('timestamptz', { name: 'announcing_at', nullable: true }) announcingAt!: Date | null;
  /** The producer's own counters, as its newest entry had them. */
  @Column('jsonb', { nullable: true }) counters!: Record<string, unknown> | null;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
}
