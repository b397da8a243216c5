import type { EntityManager } from 'typeorm';
import { GRAPH_LIMITS, type GraphEvent } from './graph-event.ts';

/** Rows in key order, so that concurrent writers wait for each other and never deadlock. */
const MERGE = `
  INSERT INTO declared_graphs AS t (project_id, name, version_hash, nodes, edges, node_count, edge_count, signed,
    first_seen_at, last_seen_at)
  SELECT project_id, name, version_hash, nodes, edges, node_count, edge_count, signed, first_seen_at, last_seen_at
  FROM json_to_recordset($1::json) AS r(project_id uuid, name text, version_hash text, nodes json, edges json,
    node_count integer, edge_count integer, signed boolean, first_seen_at timestamptz, last_seen_at timestamptz)
  ORDER BY project_id, name, version_hash
  ON CONFLICT (project_id, name, version_hash) DO UPDATE SET
    nodes = CASE WHEN excluded.signed AND NOT t.signed THEN excluded.nodes ELSE t.nodes END,
    edges = CASE WHEN excluded.signed AND NOT t.signed THEN excluded.edges ELSE t.edges END,
    node_count = CASE WHEN excluded.signed AND NOT t.signed THEN excluded.node_count ELSE t.node_count END,
    edge_count = CASE WHEN excluded.signed AND NOT t.signed THEN excluded.edge_count ELSE t.edge_count END,
    first_seen_at = least(t.first_seen_at, excluded.first_seen_at),
    last_seen_at = greatest(t.last_seen_at, excluded.last_seen_at),
    signed = t.signed OR excluded.signed
  WHERE excluded.signed OR NOT t.signed`;

/**
 * What is not signed goes first: without a signature nobody pushes out a signed version. Only what goes is locked, and
 * what another writer has in hand, or has just seen again, stays.
 */
const TRIM = `
  DELETE FROM declared_graphs WHERE (project_id, name, version_hash) IN (
    SELECT project_id, name, version_hash FROM declared_graphs
    WHERE project_id = $1 AND (name, version_hash, signed, last_seen_at) IN (
      SELECT name, version_hash, signed, last_seen_at FROM declared_graphs WHERE project_id = $1
      ORDER BY signed DESC, last_seen_at DESC, name DESC, version_hash DESC OFFSET $2)
    FOR UPDATE SKIP LOCKED)
  AND project_id = $1`;

interface Sightings {
  event: GraphEvent;
  firstMs: number;
  lastMs: number;
}

/** Stores what graphs declare, as part of the caller's transaction. Any order and number of deliveries. */
export async function mergeGraphs(manager: EntityManager, events: readonly GraphEvent[]): Promise<void> {
  const signed = events.filter(({ isSigned }) => isSigned);
  const unsigned = events.filter(({ isSigned }) => !isSigned);
  for (const each of [signed, unsigned]) {
    if (each.length > 0) await manager.query(MERGE, [JSON.stringify(sightingsOf(each).map(rowOf))]);
  }
  for (const projectId of [...new Set(events.map((event) => event.projectId))].sort()) {
    await manager.query(TRIM, [projectId, GRAPH_LIMITS.versionsPerProject]);
  }
}

/** One per version: a statement merges into each row once. */
function sightingsOf(events: readonly GraphEvent[]): Sightings[] {
  const versions = new Map<string, Sightings>();
  for (const event of events) {
    const { projectId, name, versionHash, receivedMs } = event;
    const key = JSON.stringify([projectId, name, versionHash]);
    const known = versions.get(key) ?? { event, firstMs: receivedMs, lastMs: receivedMs };
    const firstMs = Math.min(known.firstMs, receivedMs);
    versions.set(key, { event: known.event, firstMs, lastMs: Math.max(known.lastMs, receivedMs) });
  }
  return [...versions.values()];
}

function rowOf({ event, firstMs, lastMs }: Sightings): Readonly<Record<string, unknown>> {
  return {
    project_id: event.projectId,
    name: event.name,
    version_hash: event.versionHash,
    nodes: event.nodes,
    edges: event.edges,
    node_count: event.nodes.length,
    edge_count: event.edges.length,
    signed: event.isSigned,
    first_seen_at: new Date(firstMs).toISOString(),
    last_seen_at: new Date(lastMs).toISOString(),
  };
}
