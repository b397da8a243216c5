import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What producers and lives of streams that are forgotten leave behind, so that no sum falls. */
export class ForgottenSums1763800000101 implements MigrationInterface {
  readonly name = 'ForgottenSums1763800000101';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE event_totals
        ADD COLUMN forgotten_missing numeric,
        ADD COLUMN forgotten_missing_since timestamptz`);
    await queryRunner.query(`
      CREATE TABLE stream_totals (
        stream text PRIMARY KEY,
        added bigint NOT NULL,
        acked bigint NOT NULL,
        lost bigint NOT NULL
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE stream_totals');
    await queryRunner.query(
      'ALTER TABLE event_totals DROP COLUMN forgotten_missing, DROP COLUMN forgotten_missing_since',
    );
  }
}
