import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = ['traces', 'observations', 'observation_payloads'];

/** PostgreSQL knows LZ4 only where it was built with it. */
const OFFERS_LZ4 = `
  SELECT 'lz4' = ANY (enumvals) AS offered FROM pg_settings WHERE name = 'default_toast_compression'`;

/** Rows know whether what they hold was signed; large payloads are compressed by the cheapest means there is. */
export class SignedRows1763760000100 implements MigrationInterface {
  readonly name = 'SignedRows1763760000100';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of TABLES) {
      await queryRunner.query(`ALTER TABLE ${table} ADD COLUMN signed boolean NOT NULL DEFAULT false`);
    }
    const answer: unknown = await queryRunner.query(OFFERS_LZ4);
    if (Array.isArray(answer) && answer.some((row: { offered?: unknown }) => row.offered === true)) {
      await queryRunner.query('ALTER TABLE observation_payloads ALTER COLUMN body SET COMPRESSION lz4');
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE observation_payloads ALTER COLUMN body SET COMPRESSION default');
    for (const table of TABLES) await queryRunner.query(`ALTER TABLE ${table} DROP COLUMN signed`);
  }
}
