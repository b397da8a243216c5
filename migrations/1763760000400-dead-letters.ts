import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP = `
  ALTER TABLE dead_letters
    ADD COLUMN raw_format text,
    ADD COLUMN kept_bytes integer,
    ADD COLUMN replayed_at timestamptz,
    ADD COLUMN replayed_by text,
    ADD COLUMN replay_outcome text;
  UPDATE dead_letters SET kept_bytes = octet_length(raw);
  ALTER TABLE dead_letters ALTER COLUMN kept_bytes SET NOT NULL;
  DROP INDEX idx_dead_letters_created_at;
  CREATE INDEX idx_dead_letters_listed
    ON dead_letters (project_id, created_at DESC, entry_id DESC, event_index DESC) INCLUDE (kept_bytes);
  CREATE INDEX idx_dead_letters_reason
    ON dead_letters (project_id, reason, created_at DESC, entry_id DESC, event_index DESC);
  CREATE INDEX idx_dead_letters_newest
    ON dead_letters (created_at DESC, entry_id DESC, event_index DESC, project_id DESC);
  CREATE TABLE dead_letter_tallies (
    project_id uuid NOT NULL,
    reason text NOT NULL,
    tokens double precision NOT NULL,
    refilled_at timestamptz NOT NULL,
    granted integer NOT NULL,
    not_kept bigint NOT NULL,
    purged bigint NOT NULL,
    PRIMARY KEY (project_id, reason)
  );
  CREATE TABLE dead_letter_replays (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    by text NOT NULL,
    selection jsonb NOT NULL,
    dry_run boolean NOT NULL,
    counts jsonb,
    finished_at timestamptz
  );`;

const DOWN = `
  DROP TABLE dead_letter_replays, dead_letter_tallies;
  DROP INDEX idx_dead_letters_newest, idx_dead_letters_reason, idx_dead_letters_listed;
  CREATE INDEX idx_dead_letters_created_at ON dead_letters (project_id, created_at DESC);
  ALTER TABLE dead_letters
    DROP COLUMN raw_format,
    DROP COLUMN kept_bytes,
    DROP COLUMN replayed_at,
    DROP COLUMN replayed_by,
    DROP COLUMN replay_outcome;`;

/** Dead letters that can be listed, replayed and bounded. */
export class DeadLetters1763760000400 implements MigrationInterface {
  readonly name = 'DeadLetters1763760000400';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(UP);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(DOWN);
  }
}
