import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Entries that are being tried alone: written before the try, removed after it. */
export class IsolationMarks1763760000600 implements MigrationInterface {
  readonly name = 'IsolationMarks1763760000600';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE isolation_marks (
        stream text NOT NULL,
        entry_id text NOT NULL,
        tries integer NOT NULL,
        marked_at timestamptz NOT NULL,
        PRIMARY KEY (stream, entry_id)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE isolation_marks');
  }
}
