import type { ClientBase } from 'pg';
import { HexMemo } from './hex-bytes.ts';
import type { MergedRow } from './merged-row.ts';

const UUID_OID = 2950;
const UUID_BYTES = 16;
const HEADER_BYTES = 20;
const ELEMENT_BYTES = 4 + UUID_BYTES;

/** One index probe per key, whatever the planner thinks of the table: LIMIT keeps it from joining. */
const FIND_KNOWN = `
  SELECT k.place::int AS place
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) WITH ORDINALITY AS k(project_id, trace_id, id, place)
  CROSS JOIN LATERAL (
    SELECT FROM observations o
    WHERE o.project_id = k.project_id AND o.trace_id = k.trace_id AND o.id = k.id LIMIT 1) o`;

/** Which of these observations have a row already. The answer holds for as long as their traces are locked. */
export async function findKnown(
  client: ClientBase,
  rows: readonly MergedRow[],
): Promise<ReadonlySet<MergedRow>> {
  const known = new Set<MergedRow>();
  if (rows.length === 0) return known;
  const found = await client.query<{ place: number }>({
    name: 'known_observations',
    text: FIND_KNOWN,
    values: [0, 1, 2].map((at) => uuidArray(rows, at)),
  });
  for (const { place } of found.rows) {
    const row = rows[place - 1];
    if (row !== undefined) known.add(row);
  }
  return known;
}

/** A `uuid[]` in binary: dimensions 1, no nulls, type, length, first index, then each element with its length. */
function uuidArray(rows: readonly MergedRow[], keyAt: number): Buffer {
  const array = Buffer.alloc(HEADER_BYTES + rows.length * ELEMENT_BYTES);
  [1, 0, UUID_OID, rows.length, 1].forEach((value, at) => array.writeInt32BE(value, at * 4));
  const memo = new HexMemo();
  let at = HEADER_BYTES;
  for (const { key } of rows) {
    at = array.writeInt32BE(UUID_BYTES, at);
    at = memo.write(array, at, key[keyAt] ?? '');
  }
  return array;
}
