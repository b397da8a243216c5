import type { DataSource } from 'typeorm';
import { asNumber, rowsOf } from '../../database/sql-rows.ts';
import type { Clock } from '../../kernel/clock.ts';

/** Marks of entries that are gone from the stream are forgotten then. */
const FORGET_AFTER_MS = 7 * 24 * 60 * 60_000;

const BEGIN = `
  INSERT INTO isolation_marks AS m (stream, entry_id, tries, marked_at) VALUES ($1, $2, 1, $3)
  ON CONFLICT (stream, entry_id) DO UPDATE SET tries = m.tries + 1, marked_at = excluded.marked_at
  RETURNING tries`;

/** Notes, before an entry is tried alone, that it is; so that the next process knows what this one died of. */
export class IsolationMarks {
  private readonly dataSource: DataSource;
  private readonly clock: Clock;
  private readonly stream: string;

  constructor(dataSource: DataSource, clock: Clock, stream: string) {
    this.dataSource = dataSource;
    this.clock = clock;
    this.stream = stream;
  }

  /**
   * Works only while the database does: a try that was marked was made with a healthy one.
   * @returns how many tries nobody noted the end of, this one included
   */
  async begin(entryId: string): Promise<number> {
    const answer: unknown = await this.dataSource.query(BEGIN, [this.stream, entryId, this.clock.now()]);
    return asNumber(rowsOf(answer)[0]?.['tries']);
  }

  /** The process outlived the try. */
  async end(entryId: string): Promise<void> {
    const forgotten = new Date(this.clock.nowMs() - FORGET_AFTER_MS);
    await this.dataSource.query(
      'DELETE FROM isolation_marks WHERE stream = $1 AND (entry_id = $2 OR marked_at < $3)',
      [this.stream, entryId, forgotten],
    );
  }
}
