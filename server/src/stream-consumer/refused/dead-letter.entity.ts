import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** An entry, or one event of an entry, that the server refused, with the reason. */
@Entity('dead_letters')
@Index('idx_dead_letters_listed', { synchronize: false })
@Index('idx_dead_letters_reason', { synchronize: false })
@Index('idx_dead_letters_newest', { synchronize: false })
export class DeadLetter {
  /** The verified project, else the nil UUID. */
  @PrimaryColumn('uuid', { name: 'project_id' }) projectId!: string;
  /** Redis id of the stream entry. */
  @PrimaryColumn('text', { name: 'entry_id' }) entryId!: string;
  /** Position in the entry; -1 when the entry as a whole was refused. */
  @PrimaryColumn('integer', { name: 'event_index' }) eventIndex!: number;
  /** Of the last attempt: a replay may find another. */
  @Column('text') reason!: string;
  @Column('text', { nullable: true }) detail!: string | null;
  /** The raw bytes, at most 64 KB of them. */
  @Column('bytea') raw!: Buffer;
  /** How `raw` is written; null in rows of earlier versions, which cannot be read again. */
  @Column('text', { name: 'raw_format', nullable: true }) rawFormat!: string | null;
  /** Their full length before the cut. */
  @Column('integer', { name: 'raw_bytes' }) rawBytes!: number;
  /** Length of `raw`. */
  @Column('integer', { name: 'kept_bytes' }) keptBytes!: number;
  @Column('timestamptz', { name: 'received_at' }) receivedAt!: Date;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  /** The last replay, and what came of it; null when there was none. */
  @Column('timestamptz', { name: 'replayed_at', nullable: true }) replayedAt!: Date | null;
  @Column('text', { name: 'replayed_by', nullable: true }) replayedBy!: string | null;
  /** `stored` ends it; after anything else it may be tried again. */
  @Column('text', { name: 'replay_outcome', nullable: true }) replayOutcome!: string | null;
}
