import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An entry that is being tried alone, written before the try and removed after it. */
@Entity('isolation_marks')
export class IsolationMark {
  @PrimaryColumn('text') stream!: string;
  @PrimaryColumn('text', { name: 'entry_id' }) entryId!: string;
  /** Tries that were begun and whose end nobody noted: the process died in them. */
  @Column('integer') tries!: number;
  @Column('timestamptz', { name: 'marked_at' }) markedAt!: Date;
}
