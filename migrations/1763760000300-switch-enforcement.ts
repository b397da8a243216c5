import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the consumer needs to enforce the tracing switch by its history: when a change took effect by Redis' clock (null in
 * rows from before: the server's time stands for it), and which traces began while tracing was off.
 */
export class SwitchEnforcement1763760000300 implements MigrationInterface {
  readonly name = 'SwitchEnforcement1763760000300';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE tracing_changes ADD COLUMN effective_at timestamptz;
      CREATE TABLE switched_off_traces (
        project_id uuid NOT NULL,
        trace_id uuid NOT NULL,
        first_received_at timestamptz NOT NULL,
        remembered_at timestamptz NOT NULL,
        PRIMARY KEY (project_id, trace_id)
      );
      CREATE INDEX idx_switched_off_traces_remembered_at ON switched_off_traces (project_id, remembered_at);`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE switched_off_traces;
      ALTER TABLE tracing_changes DROP COLUMN effective_at;`);
  }
}
