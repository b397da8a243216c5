import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** An entry, or one event of an entry, that the server refused, with the reason. */
@Entity('dead_letters')
@Index('idx_dead_letters_created_at', { synchronize: false })
export class DeadLetter {
  /** The verified project, else the nil UUID. */
  @PrimaryColumn('uuid', { name: 'project_id' }) projectId!: string;
  /** Redis id of the stream entry. */
  @PrimaryColumn('text', { name: 'entry_id' }) entryId!: string;
  /** Position in the entry; -1 when the entry as a whole was refused. */
  @PrimaryColumn('integer', { name: 'event_index' }) eventIndex!: number;
  @Column('text') reason!: string;
  @Column('text', { nullable: true }) detail!: string | null;
  /** The raw bytes, at most 64 KB of them. */
  @Column('bytea') raw!: Buffer;
  /** Their full length before the cut. */
  @Column('integer', { name: 'raw_bytes' }) rawBytes!: number;
  @Column('timestamptz', { name: 'received_at' }) receivedAt!: Date;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
}
