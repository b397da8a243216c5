import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One replay: who asked for what, and what came of it. */
@Entity('dead_letter_replays')
export class DeadLetterReplay {
  /** UUIDv7: sorts by time. */
  @PrimaryColumn('uuid') id!: string;
  @Column('timestamptz') at!: Date;
  /** E-mail address of the person. */
  @Column('text') by!: string;
  /** `{ids}` or `{filter}`, as asked for. */
  @Column('jsonb') selection!: object;
  @Column('boolean', { name: 'dry_run' }) dryRun!: boolean;
  /** Dead letters by outcome; null while it runs, or when it was cut short. */
  @Column('jsonb', { nullable: true }) counts!: Record<string, number> | null;
  @Column('timestamptz', { name: 'finished_at', nullable: true }) finishedAt!: Date | null;
}
