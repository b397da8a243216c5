import type { DataSource } from 'typeorm';

/** How much there is, made by SQL alone: no event was ever sent. */
export interface Filling {
  readonly projects: number;
  readonly traces: number;
  readonly observationsPerTrace: number;
}

/** Share of all traces that the first project has, percent; the others have equal parts of the rest. */
const FIRST_SHARE = 30;
/** Traces of one statement: bounded memory and log at any size. */
const CHUNK = 20_000;
const DAYS = 30;
/** What only the three oldest traces of the first project have. */
export const RARE = 'rare';
const RARE_TRACES = 3;

/** Ids of the projects are told by their number, from 1. */
export const projectId = (number: number): string =>
  `018f0000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;

const PROJECTS = `
  INSERT INTO projects (id, name)
  SELECT ('018f0000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'Project ' || n
  FROM generate_series(1, $1::int) n`;

const CONNECTIONS = `
  INSERT INTO project_connections (project_id, instance_id, last_heartbeat_at, interval_seconds, environment,
    app_version, sdk_version, created_at, updated_at)
  SELECT p.id, 'instance-' || n, now(), 60, 'production', '1.0', '0.1.0', now(), now()
  FROM projects p, generate_series(1, 5) n`;

/** UUIDs that sort by time, as the SDK makes them. */
const timeUuid = (time: string, seed: string): string =>
  `(lpad(to_hex((extract(epoch FROM ${time}) * 1000)::bigint), 12, '0') || '7' || substr(md5(${seed}), 1, 3) ||
    '8' || substr(md5(${seed}), 4, 15))::uuid`;

const rareOr = (usual: string): string => `CASE WHEN is_rare THEN '${RARE}' ELSE ${usual} END`;

/** Numbers $1 to $2 of $3 traces for $4 projects: spread over 30 days until now, oldest first. */
const TRACES = `
  INSERT INTO traces (project_id, id, name, user_id, session_id, tags, environment, version, instance_id, start_time,
    end_time, start_version, received_at, last_received_at, status, level, observation_count, duration_ms,
    input_tokens, output_tokens, total_tokens, total_cost)
  SELECT project_id, ${timeUuid('start_time', `'t' || n`)},
    ${rareOr(`'run-' || n % 20`)}, ${rareOr(`'user-' || n % 2000`)}, ${rareOr(`'session-' || n % 20000`)},
    ARRAY['all', ${rareOr(`'tag-' || n % 100`)}], ${rareOr(`CASE WHEN n % 100 = 7 THEN 'staging' ELSE 'production' END`)},
    ${rareOr(`'1.' || n % 50`)}, 'instance-1', start_time, start_time + duration, decode(md5(n::text), 'hex'), start_time,
    start_time + duration,
    (CASE WHEN is_rare THEN 'incomplete' WHEN n % 50 = 3 THEN 'error' ELSE 'ok' END)::trace_status,
    (CASE WHEN is_rare THEN 'DEBUG' WHEN n % 50 = 3 THEN 'ERROR' WHEN n % 25 = 4 THEN 'WARNING' ELSE 'DEFAULT' END)::observation_level,
    $5::int, extract(epoch FROM duration) * 1000, 800, 200, 1000, 0.01
  FROM (
    SELECT n, n <= ${String(RARE_TRACES)} AS is_rare,
      ('018f0000-0000-7000-8000-' || lpad(to_hex(CASE WHEN n <= ${String(RARE_TRACES)} OR n % 100 < ${String(FIRST_SHARE)} OR $4::int = 1
        THEN 1 ELSE 2 + n % ($4::int - 1) END), 12, '0'))::uuid AS project_id,
      now() - interval '${String(DAYS)} days' * (1 - n::float8 / $3::int) AS start_time,
      interval '1 ms' * (CASE WHEN n <= ${String(RARE_TRACES)} THEN 9999999 ELSE 100 + n * 7919 % 10000 END) AS duration
    FROM generate_series($1::int, $2::int) n) t`;

/** What the roll-up would have counted. */
const HOURS = `
  INSERT INTO project_hours (project_id, hour, traces, errors, observations, input_tokens, output_tokens, total_tokens,
    total_cost)
  SELECT project_id, date_trunc('hour', start_time, 'UTC'), count(*), count(*) FILTER (WHERE status = 'error'),
    sum(observation_count), sum(input_tokens), sum(output_tokens), sum(total_tokens), sum(total_cost)
  FROM traces GROUP BY 1, 2`;

/** The observations of traces whose ids are in a range: a root and the rest below it. */
const OBSERVATIONS = `
  INSERT INTO observations (project_id, trace_id, id, parent_observation_id, name, type, model, usage, cost, start_time,
    end_time, level, start_version, end_version, received_at, last_received_at)
  SELECT project_id, trace_id, ${timeUuid('start_time', 'trace_id::text || n')},
    CASE WHEN n > 1 THEN ${timeUuid('trace_start', `trace_id::text || '1'`)} END, 'node-' || n % 8,
    CASE WHEN n % 4 = 2 THEN 'GENERATION' ELSE 'SPAN' END, CASE WHEN n % 4 = 2 THEN 'gpt-5' END,
    CASE WHEN n % 4 = 2 THEN '{"input": 812, "output": 230, "total": 1042}'::jsonb END,
    CASE WHEN n % 4 = 2 THEN '{"total": 0.01}'::jsonb END, start_time, start_time + interval '10 ms', 'DEFAULT',
    decode(md5(trace_id::text || n), 'hex'), decode(md5(trace_id::text || n), 'hex'), start_time, start_time
  FROM (
    SELECT t.project_id, t.id AS trace_id, n, t.start_time AS trace_start,
      t.start_time + interval '1 ms' * (n - 1) AS start_time
    FROM traces t, generate_series(1, $3::int) n
    WHERE t.start_time >= $1::timestamptz AND t.start_time < $2::timestamptz ORDER BY 1, 2, 3) o`;

/** One payload of about 200 bytes per observation of that range. */
const PAYLOADS = `
  INSERT INTO observation_payloads (project_id, trace_id, observation_id, kind, body, bytes, version)
  SELECT project_id, trace_id, id, 'input', body::json, length(body), start_version
  FROM observations o CROSS JOIN LATERAL (SELECT '{"text": "' || repeat(md5(id::text), 6) || '"}' AS body) b
  WHERE (project_id, trace_id) IN (
    SELECT project_id, id FROM traces WHERE start_time >= $1::timestamptz AND start_time < $2::timestamptz)`;

/** Fills an empty, migrated database and leaves it as autovacuum would. */
export async function fill(database: DataSource, filling: Filling): Promise<void> {
  await database.query(PROJECTS, [filling.projects]);
  await database.query(CONNECTIONS);
  for (let from = 1; from <= filling.traces; from += CHUNK) {
    const to = Math.min(from + CHUNK - 1, filling.traces);
    const { first, last } = await addTraces(database, filling, [from, to]);
    await addBelow(database, { first, last, observations: filling.observationsPerTrace });
    process.stderr.write(`\rfilled ${String(to)} of ${String(filling.traces)} traces`);
  }
  process.stderr.write('\n');
  await database.query(HOURS);
  for (const table of [
    'projects',
    'project_connections',
    'traces',
    'observations',
    'observation_payloads',
    'project_hours',
  ])
    await database.query(`VACUUM (ANALYZE) ${table}`);
  await database.query('CHECKPOINT');
}

/** Start times of the traces added: from `first`, before `last`. */
async function addTraces(
  database: DataSource,
  { traces, projects, observationsPerTrace }: Filling,
  [from, to]: readonly [number, number],
): Promise<{ first: string; last: string }> {
  const rows: { first: string; last: string }[] = await database.query(
    `WITH added AS (${TRACES} RETURNING start_time)
     SELECT min(start_time)::text AS first, (max(start_time) + interval '1 us')::text AS last FROM added`,
    [from, to, traces, projects, observationsPerTrace],
  );
  const [range] = rows;
  if (range === undefined) throw new Error('No traces were added');
  return range;
}

async function addBelow(
  database: DataSource,
  { first, last, observations }: { first: string; last: string; observations: number },
): Promise<void> {
  await database.query(OBSERVATIONS, [first, last, observations]);
  await database.query(PAYLOADS, [first, last]);
}

/** A trace of the first project that started long before all others, so that a range of time holds it alone. */
const LARGE_TRACE = `
  INSERT INTO traces (project_id, id, name, start_time, end_time, received_at, last_received_at, status,
    observation_count)
  SELECT '${projectId(1)}', ${timeUuid('start_time', `'large' || n`)}, 'large', start_time, start_time, start_time,
    start_time, 'ok', n
  FROM (SELECT $1::int AS n, timestamptz '2020-01-01' + interval '1 second' * $1::int AS start_time) t
  RETURNING id, start_time::text AS first, (start_time + interval '1 us')::text AS last`;

/** One more trace of the first project, with so many observations. @returns its id */
export async function addLargeTrace(database: DataSource, observations: number): Promise<string> {
  const rows: { id: string; first: string; last: string }[] = await database.query(LARGE_TRACE, [
    observations,
  ]);
  const [trace] = rows;
  if (trace === undefined) throw new Error('The trace was not added');
  await addBelow(database, { ...trace, observations });
  return trace.id;
}
