/** An unsigned heartbeat of the stream: anybody who can write to Redis may have said it. Marked beside the counters. */
const IS_UNVERIFIED = `known.counters @> '{"unverified": true}'`;

/** A beat that was overtaken by a later one of the same process must not take a goodbye back. */
const IS_NOT_OVERTAKEN = `
  NOT COALESCE(excluded.beat_no < known.beat_no AND excluded.started_at = known.started_at, false)`;

/** Stricter: a copy of a beat that was recorded is no sign of life, nor is one of a process that was followed by another. */
const IS_NEXT = `
  COALESCE((excluded.started_at, excluded.beat_no) > (known.started_at, known.beat_no),
    known.last_heartbeat_at IS NULL OR excluded.last_heartbeat_at >= known.last_heartbeat_at)`;

/**
 * An absent field leaves what is stored. $1 project, $2 instance, $3 time of the beat, $4 the same for a goodbye,
 * $5 environment, $6 version, $7 SDK's, $8 host, $9 start, $10 interval, $11 number, $12 switch version, $13 counters, $14 now.
 */
const upsert = (mayChange: string): string => `
  INSERT INTO project_connections AS known (
    project_id, instance_id, last_heartbeat_at, stopped_at, environment, app_version, sdk_version, host, started_at,
    interval_seconds, beat_no, config_version, counters, created_at, updated_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)
  ON CONFLICT (project_id, instance_id) DO UPDATE SET
    last_heartbeat_at = GREATEST(known.last_heartbeat_at, excluded.last_heartbeat_at),
    stopped_at = excluded.stopped_at,
    environment = COALESCE(excluded.environment, known.environment),
    app_version = COALESCE(excluded.app_version, known.app_version),
    sdk_version = COALESCE(excluded.sdk_version, known.sdk_version),
    host = COALESCE(excluded.host, known.host),
    started_at = COALESCE(excluded.started_at, known.started_at),
    interval_seconds = COALESCE(excluded.interval_seconds, known.interval_seconds),
    beat_no = COALESCE(excluded.beat_no, known.beat_no),
    counters = COALESCE(excluded.counters, known.counters - 'unverified'),
    config_version = COALESCE(excluded.config_version, known.config_version),
    updated_at = excluded.updated_at
  WHERE ${mayChange}`;

export const beatOverHttp = upsert(`COALESCE(${IS_UNVERIFIED}, false) OR ${IS_NOT_OVERTAKEN}`);
export const beatInOrder = upsert(`COALESCE(${IS_UNVERIFIED}, false) OR ${IS_NEXT}`);
export const unsignedBeat = upsert(
  `(known.last_heartbeat_at IS NULL OR COALESCE(${IS_UNVERIFIED}, false)) AND ${IS_NEXT}`,
);
