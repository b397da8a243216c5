import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The two accounts: of events per project, instance and hour, and of entries per life of a stream. */
const TABLES = `
  CREATE TABLE producer_progress (
    project_id uuid NOT NULL,
    verified boolean NOT NULL,
    instance_id text NOT NULL,
    seen int8multirange NOT NULL,
    seen_count bigint NOT NULL,
    highest bigint NOT NULL,
    missing bigint NOT NULL,
    missing_since timestamptz,
    given_up bigint NOT NULL,
    forgotten_below bigint NOT NULL,
    announced bigint,
    announcing bigint,
    announcing_at timestamptz,
    counters jsonb,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (project_id, verified, instance_id)
  ) WITH (fillfactor = 50);
  CREATE INDEX idx_producer_progress_announcing ON producer_progress (announcing_at) WHERE announcing_at IS NOT NULL;
  CREATE TABLE event_totals (
    project_id uuid PRIMARY KEY,
    received bigint NOT NULL,
    stored bigint NOT NULL,
    duplicate bigint NOT NULL,
    unverified bigint NOT NULL,
    rejected jsonb NOT NULL,
    switched_off jsonb NOT NULL
  ) WITH (fillfactor = 50);
  CREATE TABLE event_accounts (
    project_id uuid NOT NULL,
    instance_id text NOT NULL,
    hour timestamptz NOT NULL,
    received bigint NOT NULL,
    stored bigint NOT NULL,
    duplicate bigint NOT NULL,
    unverified bigint NOT NULL,
    rejected jsonb NOT NULL,
    switched_off jsonb NOT NULL,
    PRIMARY KEY (project_id, instance_id, hour)
  ) WITH (fillfactor = 50);
  CREATE TABLE single_entries (
    project_id uuid NOT NULL,
    entry_id text NOT NULL,
    received_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (project_id, entry_id)
  );
  CREATE INDEX idx_event_accounts_hour ON event_accounts (hour);
  CREATE INDEX idx_single_entries_received_at ON single_entries (received_at);
  CREATE TABLE stream_epochs (
    stream text NOT NULL,
    epoch uuid NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    added bigint,
    acked bigint NOT NULL,
    waiting bigint,
    lost bigint,
    last_acked_at timestamptz,
    recent jsonb NOT NULL,
    sampled_at timestamptz NOT NULL,
    PRIMARY KEY (stream, epoch)
  );`;

export class Accounts1763760000200 implements MigrationInterface {
  readonly name = 'Accounts1763760000200';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(TABLES);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'DROP TABLE stream_epochs, single_entries, event_accounts, event_totals, producer_progress',
    );
  }
}
