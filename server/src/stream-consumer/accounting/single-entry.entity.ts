import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** An entry without numbers that was accounted for; forgotten some time after the stream no longer has it. */
@Entity('single_entries')
@Index('idx_single_entries_received_at', ['receivedAt'])
export class SingleEntry {
  @PrimaryColumn('uuid', { name: 'project_id' }) projectId!: string;
  @PrimaryColumn('text', { name: 'entry_id' }) entryId!: string;
  /** Redis time of the entry. */
  @Column('timestamptz', { name: 'received_at' }) receivedAt!: Date;
  @Column('timestamptz', { name: 'recorded_at' }) recordedAt!: Date;
}
