/** An instance that only sends heartbeats is alive, and its progress kept. Rows that a writer holds are alive anyway. */
export const KEEP_ALIVE = `
  UPDATE producer_progress AS known SET updated_at = alive.last_heartbeat_at
  FROM (SELECT project_id, verified, instance_id, beat.last_heartbeat_at
      FROM producer_progress AS idle JOIN project_connections AS beat USING (project_id, instance_id)
      WHERE beat.last_heartbeat_at > idle.updated_at + interval '1 day'
      FOR UPDATE OF idle SKIP LOCKED) AS alive
  WHERE known.project_id = alive.project_id AND known.verified = alive.verified
    AND known.instance_id = alive.instance_id`;

/**
 * What they miss stays in the project's totals. Rows that a writer holds are left for the next time. $1: not heard of
 * since, $2 rows at most. Answers how many it was.
 */
export const FORGET_PRODUCERS = `
  WITH old AS (
    SELECT project_id, verified, instance_id FROM producer_progress WHERE updated_at < $1 AND announcing IS NULL
      LIMIT $2 FOR UPDATE SKIP LOCKED),
  gone AS (
    DELETE FROM producer_progress AS known USING old
      WHERE known.project_id = old.project_id AND known.verified = old.verified AND known.instance_id = old.instance_id
      RETURNING known.project_id, known.missing, known.missing_since),
  added AS (
    INSERT INTO event_totals AS known (project_id, received, stored, duplicate, unverified, rejected, switched_off,
      forgotten_missing, forgotten_missing_since)
    SELECT project_id, 0, 0, 0, 0, '{}', '{}', sum(missing), min(missing_since) FROM gone
      WHERE missing > 0 GROUP BY project_id ORDER BY project_id
    ON CONFLICT (project_id) DO UPDATE SET
      forgotten_missing = COALESCE(known.forgotten_missing, 0) + excluded.forgotten_missing,
      forgotten_missing_since = LEAST(known.forgotten_missing_since, excluded.forgotten_missing_since))
  SELECT count(*)::integer AS count FROM gone`;

/** Their sums stay in the stream's totals. $1 ended before. */
export const FORGET_EPOCHS = `
  WITH gone AS (DELETE FROM stream_epochs WHERE ended_at < $1 RETURNING stream, added, acked, lost)
  INSERT INTO stream_totals AS known (stream, added, acked, lost)
  SELECT stream, COALESCE(sum(added), 0), sum(acked), COALESCE(sum(lost), 0) FROM gone GROUP BY stream ORDER BY stream
  ON CONFLICT (stream) DO UPDATE SET
    added = known.added + excluded.added, acked = known.acked + excluded.acked, lost = known.lost + excluded.lost`;
