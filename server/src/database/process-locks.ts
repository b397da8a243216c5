import type { DataSource, QueryRunner } from 'typeorm';
import { rowsOf } from './sql-rows.ts';

/**
 * Advisory locks of this process, all on one connection: however many are held, the others stay free for work. Should
 * that connection break, its locks are gone, and another process may do the same work at the same time.
 */
export class ProcessLocks {
  private readonly dataSource: DataSource;
  private readonly family: number;
  private runner: QueryRunner | null = null;
  private turn: Promise<unknown> = Promise.resolve();

  /** @param family first half of the keys; the second is the hash of a name */
  constructor(dataSource: DataSource, family: number) {
    this.dataSource = dataSource;
    this.family = family;
  }

  /**
   * Taken again, a lock stays this process's: where the connection broke, that is how it gets it back.
   * @returns whether no other process holds it
   */
  async tryTake(name: string): Promise<boolean> {
    const answer = await this.ask('SELECT pg_try_advisory_lock($1, hashtext($2)) AS taken', name);
    return rowsOf(answer)[0]?.['taken'] === true;
  }

  async release(name: string): Promise<void> {
    await this.ask('SELECT pg_advisory_unlock($1, hashtext($2))', name);
  }

  /** Releases all of them, and gives the connection back. */
  async close(): Promise<void> {
    await this.turn.catch(() => undefined);
    await this.letGo();
    await this.drop();
  }

  /** One question at a time: a connection answers no more. */
  private ask(sql: string, name: string): Promise<unknown> {
    const answer = this.turn
      .catch(() => undefined)
      .then(async () => {
        this.runner ??= this.dataSource.createQueryRunner();
        try {
          const rows: unknown = await this.runner.query(sql, [this.family, name]);
          return rows;
        } catch (error) {
          await this.letGo();
          await this.drop();
          throw error;
        }
      });
    this.turn = answer;
    return answer;
  }

  /** The connection lives on in the pool, and would hold the locks for ever. */
  private async letGo(): Promise<void> {
    await this.runner?.query('SELECT pg_advisory_unlock_all()').catch(() => undefined);
  }

  private async drop(): Promise<void> {
    const runner = this.runner;
    this.runner = null;
    await runner?.release();
  }
}
