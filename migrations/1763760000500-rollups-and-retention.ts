import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is added up per trace beside the counts, and until when a large trace is not added up again. */
const TRACE_SUMS = `
  ALTER TABLE traces
    ADD COLUMN duration_ms double precision,
    ADD COLUMN input_tokens bigint,
    ADD COLUMN output_tokens bigint,
    ADD COLUMN total_tokens bigint,
    ADD COLUMN input_cost numeric,
    ADD COLUMN output_cost numeric,
    ADD COLUMN total_cost numeric,
    ADD COLUMN next_rollup_at timestamptz,
    ADD COLUMN counted_hour timestamptz;
  INSERT INTO trace_rollup_marks (project_id, trace_id, mark) SELECT project_id, id, 0 FROM traces
  ON CONFLICT DO NOTHING;`;

/** Marks are set and removed all the time: room for updates in place, and vacuumed by count, not by share. */
const MARKS_STORAGE = `
  ALTER TABLE trace_rollup_marks
    SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);`;

/** Charts over weeks read these instead of traces. `counted_hour` of a trace: the hour it is part of. */
const PROJECT_HOURS = `
  CREATE TABLE project_hours (
    project_id uuid NOT NULL,
    hour timestamptz NOT NULL,
    traces bigint NOT NULL,
    errors bigint NOT NULL,
    observations bigint NOT NULL,
    input_tokens numeric NOT NULL,
    output_tokens numeric NOT NULL,
    total_tokens numeric NOT NULL,
    total_cost numeric NOT NULL,
    PRIMARY KEY (project_id, hour)
  ) WITH (fillfactor = 70);`;

const RETENTION = `ALTER TABLE projects ADD COLUMN retention_days integer;`;

/** The filters the first indexes left to a walk through the whole project. Only rows worth finding are in them. */
const FILTER_INDEXES = `
  CREATE INDEX idx_traces_level ON traces (project_id, level, start_time DESC, id DESC) WHERE level <> 'DEFAULT';
  CREATE INDEX idx_traces_environment ON traces (project_id, environment, start_time DESC, id DESC)
    WHERE environment IS NOT NULL;
  CREATE INDEX idx_traces_version ON traces (project_id, version, start_time DESC, id DESC)
    WHERE version IS NOT NULL;
  CREATE INDEX idx_traces_duration ON traces (project_id, duration_ms) WHERE duration_ms IS NOT NULL;
  CREATE INDEX idx_traces_tags ON traces USING gin (tags) WHERE tags IS NOT NULL;`;

export class RollupsAndRetention1763760000500 implements MigrationInterface {
  readonly name = 'RollupsAndRetention1763760000500';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(TRACE_SUMS);
    await queryRunner.query(MARKS_STORAGE);
    await queryRunner.query(PROJECT_HOURS);
    await queryRunner.query(RETENTION);
    await queryRunner.query(FILTER_INDEXES);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'DROP INDEX idx_traces_level, idx_traces_environment, idx_traces_version, idx_traces_duration, idx_traces_tags',
    );
    await queryRunner.query('ALTER TABLE projects DROP COLUMN retention_days');
    await queryRunner.query('DROP TABLE project_hours');
    await queryRunner.query(
      'ALTER TABLE trace_rollup_marks RESET (fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)',
    );
    await queryRunner.query(`ALTER TABLE traces DROP COLUMN duration_ms, DROP COLUMN input_tokens,
      DROP COLUMN output_tokens, DROP COLUMN total_tokens, DROP COLUMN input_cost, DROP COLUMN output_cost,
      DROP COLUMN total_cost, DROP COLUMN next_rollup_at, DROP COLUMN counted_hour`);
  }
}
