import type { MigrationInterface, QueryRunner } from 'typeorm';

/** People, projects and their keys: small tables, referenced by everything else. */
const ACCOUNTS = `
  CREATE TABLE users (
    id uuid PRIMARY KEY,
    email text NOT NULL CONSTRAINT uq_users_email UNIQUE,
    name text NOT NULL,
    password_hash text NOT NULL,
    role text NOT NULL DEFAULT 'admin',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE TABLE sessions (
    id_hash bytea PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT fk_sessions_user REFERENCES users (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ip text,
    user_agent text
  );
  CREATE INDEX idx_sessions_user_id ON sessions (user_id);
  CREATE TABLE setup_tokens (
    token_hash bytea PRIMARY KEY,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
  );
  CREATE TABLE projects (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    description text,
    environment text,
    time_zone text NOT NULL DEFAULT 'UTC',
    tracing_enabled boolean NOT NULL DEFAULT true,
    tracing_version bigint NOT NULL DEFAULT 1,
    require_signature boolean NOT NULL DEFAULT false,
    signed_since timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
  );
  CREATE INDEX idx_projects_tracing_enabled ON projects (tracing_enabled);
  CREATE TABLE api_keys (
    id uuid PRIMARY KEY,
    project_id uuid NOT NULL CONSTRAINT fk_api_keys_project REFERENCES projects (id) ON DELETE CASCADE,
    key_id text NOT NULL CONSTRAINT uq_api_keys_key_id UNIQUE,
    name text NOT NULL,
    prefix text NOT NULL,
    secret_hash bytea NOT NULL,
    signing_key bytea NOT NULL,
    scopes text[] NOT NULL,
    created_by text,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz
  );
  CREATE INDEX idx_api_keys_project_id ON api_keys (project_id);
  CREATE TABLE tracing_changes (
    project_id uuid NOT NULL CONSTRAINT fk_tracing_changes_project REFERENCES projects (id) ON DELETE CASCADE,
    version bigint NOT NULL,
    tracing_enabled boolean NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text,
    reason text,
    PRIMARY KEY (project_id, version)
  );
  CREATE TABLE server_keys (
    name text PRIMARY KEY,
    secret bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  );`;

/** Observed data: every key starts with project_id and no table refers to another (any order, missing parents). */
const OBSERVED = `
  CREATE TYPE observation_level AS ENUM ('DEBUG', 'DEFAULT', 'WARNING', 'ERROR');
  CREATE TYPE trace_status AS ENUM ('running', 'ok', 'error', 'interrupted', 'incomplete');
  CREATE TABLE project_connections (
    project_id uuid NOT NULL,
    instance_id text NOT NULL,
    last_heartbeat_at timestamptz,
    last_event_at timestamptz,
    stopped_at timestamptz,
    environment text,
    app_version text,
    sdk_version text,
    host text,
    started_at timestamptz,
    interval_seconds integer,
    beat_no bigint,
    counters jsonb,
    config_version bigint,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (project_id, instance_id)
  );
  CREATE TABLE traces (
    project_id uuid NOT NULL,
    id uuid NOT NULL,
    original_id text,
    name text,
    user_id text,
    session_id text,
    tags text[],
    environment text,
    version text,
    instance_id text,
    start_time timestamptz NOT NULL,
    end_time timestamptz,
    own_level observation_level,
    reported_status text,
    status_message text,
    start_version bytea,
    end_version bytea,
    versions jsonb,
    marks text[] NOT NULL DEFAULT '{}',
    received_at timestamptz NOT NULL,
    last_received_at timestamptz NOT NULL,
    status trace_status NOT NULL DEFAULT 'running',
    level observation_level NOT NULL DEFAULT 'DEFAULT',
    observation_count integer NOT NULL DEFAULT 0,
    error_count integer NOT NULL DEFAULT 0,
    inferred_end_time timestamptz,
    PRIMARY KEY (project_id, id)
  );
  CREATE TABLE observations (
    project_id uuid NOT NULL,
    trace_id uuid NOT NULL,
    id uuid NOT NULL,
    original_id text,
    parent_observation_id uuid,
    name text,
    type text,
    model text,
    model_parameters json,
    usage jsonb,
    cost jsonb,
    start_time timestamptz NOT NULL,
    end_time timestamptz,
    completion_start_time timestamptz,
    level observation_level,
    reported_status text,
    status_message text,
    start_version bytea,
    end_version bytea,
    versions jsonb,
    marks text[] NOT NULL DEFAULT '{}',
    received_at timestamptz NOT NULL,
    last_received_at timestamptz NOT NULL,
    PRIMARY KEY (project_id, trace_id, id)
  );
  CREATE TABLE observation_payloads (
    project_id uuid NOT NULL,
    trace_id uuid NOT NULL,
    observation_id uuid NOT NULL,
    kind text NOT NULL,
    body json NOT NULL,
    bytes integer NOT NULL,
    version bytea NOT NULL,
    PRIMARY KEY (project_id, trace_id, observation_id, kind) INCLUDE (bytes)
  );
  CREATE TABLE trace_rollup_marks (
    project_id uuid NOT NULL,
    trace_id uuid NOT NULL,
    mark bigint NOT NULL,
    PRIMARY KEY (project_id, trace_id)
  );
  CREATE TABLE dead_letters (
    project_id uuid NOT NULL,
    entry_id text NOT NULL,
    event_index integer NOT NULL,
    reason text NOT NULL,
    detail text,
    raw bytea NOT NULL,
    raw_bytes integer NOT NULL,
    received_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (project_id, entry_id, event_index)
  );`;

/** One index per supported filter, each in list order, so that a page is one range read. */
const LIST_INDEXES = `
  CREATE INDEX idx_traces_start_time ON traces (project_id, start_time DESC, id DESC);
  CREATE INDEX idx_traces_user_id ON traces (project_id, user_id, start_time DESC, id DESC);
  CREATE INDEX idx_traces_session_id ON traces (project_id, session_id, start_time DESC, id DESC);
  CREATE INDEX idx_traces_name ON traces (project_id, name, start_time DESC, id DESC);
  CREATE INDEX idx_traces_not_ok ON traces (project_id, status, start_time DESC, id DESC) WHERE status <> 'ok';
  CREATE INDEX idx_traces_running ON traces (project_id) WHERE status = 'running';
  CREATE INDEX idx_dead_letters_created_at ON dead_letters (project_id, created_at DESC);`;

const TABLES = [
  'dead_letters',
  'trace_rollup_marks',
  'observation_payloads',
  'observations',
  'traces',
  'project_connections',
  'server_keys',
  'tracing_changes',
  'api_keys',
  'projects',
  'setup_tokens',
  'sessions',
  'users',
];

export class InitialSchema1763690000000 implements MigrationInterface {
  readonly name = 'InitialSchema1763690000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(ACCOUNTS);
    await queryRunner.query(OBSERVED);
    await queryRunner.query(LIST_INDEXES);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE ${TABLES.join(', ')}`);
    await queryRunner.query('DROP TYPE trace_status, observation_level');
  }
}
