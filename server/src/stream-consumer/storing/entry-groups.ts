import { eventCountOf, type StreamEntry } from '../reading/stream-reader.ts';

/** What one transaction holds at most, or a single larger entry. */
export interface BatchLimits {
  events: number;
  bytes: number;
}

/** Consecutive entries that fit into one transaction; one that is too large alone goes alone. */
export function groupsWithin(entries: readonly StreamEntry[], limits: BatchLimits): StreamEntry[][] {
  const groups: StreamEntry[][] = [];
  let events = 0;
  let bytes = 0;
  for (const entry of entries) {
    const count = eventCountOf(entry.fields.get('n')?.toString('latin1'));
    const last = groups.at(-1);
    if (last === undefined || events + count > limits.events || bytes + entry.bytes > limits.bytes) {
      groups.push([entry]);
      events = 0;
      bytes = 0;
    } else last.push(entry);
    events += count;
    bytes += entry.bytes;
  }
  return groups;
}
