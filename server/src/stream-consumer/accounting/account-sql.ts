/**
 * $1 entry ids, $2 projects, $3 verified, $4 instances, $5 first numbers, $6 numbers after the last; instance and numbers
 * are null for entries without numbers. Where holes were forgotten nothing is known for certain.
 */
export const FIND_KNOWN = `
  WITH entry AS (
    SELECT * FROM unnest($1::text[], $2::uuid[], $3::boolean[], $4::text[], $5::int8[], $6::int8[])
      AS entry (entry_id, project_id, verified, instance_id, start, after))
  SELECT entry.entry_id FROM entry
    JOIN producer_progress AS progress USING (project_id, verified, instance_id)
    WHERE progress.seen @> int8range(entry.start, entry.after) AND entry.start >= progress.forgotten_below
  UNION ALL
  SELECT entry.entry_id FROM entry JOIN single_entries USING (project_id, entry_id)
    WHERE entry.instance_id IS NULL`;

/**
 * Makes, locks and reads producers' rows in key order in one statement, so that writers who share producers neither
 * block each other for ever nor read what another has not committed yet. $1 projects, $2 verified, $3 instances, $4 now.
 */
export const LOCK_PRODUCERS = `
  INSERT INTO producer_progress AS known
    (project_id, verified, instance_id, seen, seen_count, highest, missing, given_up, forgotten_below, updated_at)
  SELECT project_id, verified, instance_id, '{}'::int8multirange, 0, 0, 0, 0, 0, $4::timestamptz
    FROM unnest($1::uuid[], $2::boolean[], $3::text[]) AS producer (project_id, verified, instance_id)
    ORDER BY project_id, verified, instance_id
  ON CONFLICT (project_id, verified, instance_id) DO UPDATE SET updated_at = excluded.updated_at
  RETURNING project_id, verified, instance_id, seen::text AS seen, highest::text AS highest,
    given_up::text AS given_up, forgotten_below::text AS forgotten_below`;

/** $1 to $3 the key, then seen, seen_count, highest, given_up, forgotten_below, counters; $10 now. */
export const SAVE_PRODUCERS = `
  UPDATE producer_progress AS known SET
    seen = new.seen::int8multirange, seen_count = new.seen_count, highest = new.highest, given_up = new.given_up,
    forgotten_below = new.forgotten_below, counters = COALESCE(new.counters, known.counters),
    missing = GREATEST(new.highest, known.announced) - new.seen_count + new.given_up,
    missing_since = CASE WHEN GREATEST(new.highest, known.announced) - new.seen_count + new.given_up > 0
      THEN COALESCE(known.missing_since, $10) END
  FROM unnest($1::uuid[], $2::boolean[], $3::text[], $4::text[], $5::int8[], $6::int8[], $7::int8[], $8::int8[],
      $9::jsonb[])
    AS new (project_id, verified, instance_id, seen, seen_count, highest, given_up, forgotten_below, counters)
  WHERE known.project_id = new.project_id AND known.verified = new.verified
    AND known.instance_id = new.instance_id`;

/** Answers the entries that were not there before. $1 projects, $2 entry ids, $3 times received; $4 now. */
export const ADD_SINGLE_ENTRIES = `
  INSERT INTO single_entries (project_id, entry_id, received_at, recorded_at)
  SELECT project_id, entry_id, received_at, $4::timestamptz
    FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS entry (project_id, entry_id, received_at)
    ORDER BY project_id, entry_id
  ON CONFLICT (project_id, entry_id) DO NOTHING
  RETURNING entry_id`;

const added = (column: string): string => `CASE WHEN excluded.${column} = '{}' THEN known.${column} ELSE (
      SELECT jsonb_object_agg(reason, count) FROM (
        SELECT reason, sum(count::bigint) AS count FROM (
          SELECT * FROM jsonb_each_text(known.${column}) UNION ALL SELECT * FROM jsonb_each_text(excluded.${column})
        ) AS both_counts (reason, count) GROUP BY reason) AS sums) END`;

const SUMS = `
    received = known.received + excluded.received,
    stored = known.stored + excluded.stored,
    duplicate = known.duplicate + excluded.duplicate,
    unverified = known.unverified + excluded.unverified,
    rejected = ${added('rejected')},
    switched_off = ${added('switched_off')}`;

/** $1 projects, $2 instances, $3 hours, then received, stored, duplicate, unverified, rejected, switched_off. */
export const ADD_HOURS = `
  INSERT INTO event_accounts AS known
    (project_id, instance_id, hour, received, stored, duplicate, unverified, rejected, switched_off)
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::int8[], $5::int8[], $6::int8[], $7::int8[],
      $8::jsonb[], $9::jsonb[])
    AS hour (project_id, instance_id, hour, received, stored, duplicate, unverified, rejected, switched_off)
    ORDER BY project_id, instance_id, hour
  ON CONFLICT (project_id, instance_id, hour) DO UPDATE SET ${SUMS}`;

/** $1 projects, then received, stored, duplicate, unverified, rejected, switched_off. */
export const ADD_TOTALS = `
  INSERT INTO event_totals AS known
    (project_id, received, stored, duplicate, unverified, rejected, switched_off)
  SELECT * FROM unnest($1::uuid[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::jsonb[], $7::jsonb[])
    AS total (project_id, received, stored, duplicate, unverified, rejected, switched_off)
    ORDER BY project_id
  ON CONFLICT (project_id) DO UPDATE SET ${SUMS}`;
