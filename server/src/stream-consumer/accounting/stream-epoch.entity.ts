import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * The entry account of one life of a stream: `added` = `acked` + `waiting` + `lost`. A stream begins anew when Redis lost
 * its data or somebody deleted the stream's account.
 */
@Entity('stream_epochs')
export class StreamEpoch {
  @PrimaryColumn('text') stream!: string;
  @PrimaryColumn('uuid') epoch!: string;
  @Column('timestamptz', { name: 'started_at' }) startedAt!: Date;
  /** Null: this is the stream's present. */
  @Column('timestamptz', { name: 'ended_at', nullable: true }) endedAt!: Date | null;
  /** Entries; null where Redis cannot know (before 7.0). */
  @Column('bigint', { nullable: true }) added!: string | null;
  @Column('bigint') acked!: string;
  @Column('bigint', { nullable: true }) waiting!: string | null;
  @Column('bigint', { nullable: true }) lost!: string | null;
  /** When `acked` last rose: that is, the last commit. */
  @Column('timestamptz', { name: 'last_acked_at', nullable: true }) lastAckedAt!: Date | null;
  /** Figures of the last minute, oldest first: ms since 1970, added, acked. */
  @Column('jsonb') recent!: [number, number | null, number][];
  /** When the figures were read. */
  @Column('timestamptz', { name: 'sampled_at' }) sampledAt!: Date;
}
