import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What a project's dead letters of one reason may still take up, and how many of them are not there (any more). */
@Entity('dead_letter_tallies')
export class DeadLetterTally {
  /** The verified project, else the nil UUID. */
  @PrimaryColumn('uuid', { name: 'project_id' }) projectId!: string;
  @PrimaryColumn('text') reason!: string;
  /** Units left at `refilled_at`; see DeadLetterBudget. */
  @Column('double precision') tokens!: number;
  @Column('timestamptz', { name: 'refilled_at' }) refilledAt!: Date;
  /** Units given to the last batch. */
  @Column('integer') granted!: number;
  /** Refused, and not kept because too many came at once. bigint arrives as text. */
  @Column('bigint', { name: 'not_kept' }) notKept!: string;
  /** Kept, and removed because there were too many. */
  @Column('bigint') purged!: string;
}
