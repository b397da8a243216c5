import { listOf } from './redis-reply-decoder.ts';
import type { EntryPage, StreamEntry } from './stream-reader.ts';

/** Reads the entries of an XREADGROUP, XAUTOCLAIM or XRANGE answer: `[[id, [name, value, …] | nil], …]`, all Buffers. */
export function entriesOf(reply: unknown): EntryPage {
  const page: EntryPage = { entries: [], goneIds: [] };
  for (const item of listOf(reply)) {
    const [id, fields] = listOf(item);
    if (!Buffer.isBuffer(id)) continue;
    if (Array.isArray(fields)) page.entries.push(entryOf(id.toString('latin1'), fields));
    else page.goneIds.push(id.toString('latin1'));
  }
  return page;
}

/** Entries of the one stream an XREADGROUP asked for; nil when none came. */
export function readGroupPage(reply: unknown): EntryPage {
  return entriesOf(listOf(listOf(reply)[0])[1]);
}

/** `[next cursor, entries, deleted ids]`. */
export function autoClaimPage(reply: unknown): { cursor: string; page: EntryPage } {
  const [cursor, entries, deleted] = listOf(reply);
  const page = entriesOf(entries);
  for (const id of listOf(deleted)) if (Buffer.isBuffer(id)) page.goneIds.push(id.toString('latin1'));
  return { cursor: Buffer.isBuffer(cursor) ? cursor.toString('latin1') : '0-0', page };
}

/** Deliveries by id of an XPENDING answer: `[[id, consumer, idle, deliveries], …]`. */
export function deliveriesOf(reply: unknown): ReadonlyMap<string, number> {
  return new Map(
    listOf(reply).map((item) => {
      const [id, , , deliveries] = listOf(item);
      return [String(id), Number(deliveries)];
    }),
  );
}

/** Of a field given twice the last counts, for the signature as for the content. */
function entryOf(id: string, flat: readonly unknown[]): StreamEntry {
  const fields = new Map<string, Buffer>();
  let bytes = 0;
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const [name, value] = [flat[at], flat[at + 1]];
    if (!Buffer.isBuffer(name) || !Buffer.isBuffer(value)) continue;
    fields.set(name.toString('utf8'), value);
    bytes += name.length + value.length;
  }
  return { id, fields, bytes };
}
