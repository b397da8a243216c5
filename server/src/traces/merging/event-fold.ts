import { NIL_UUID } from '../../kernel/uuid.ts';
import type { MergeEvent, PayloadWrite } from './merge-event.ts';
import { type MergedRow, mergeRows, rowOfEvent, traceStubOf } from './merged-row.ts';

/** One payload of an observation, or of the trace itself (nil observation id). */
export interface FoldedPayload extends PayloadWrite {
  /** project, trace, observation, kind. */
  readonly key: readonly [string, string, string, string];
}

/** What a batch of events amounts to: at most one row per key, sorted by key, so that writers never deadlock. */
export interface EventFold {
  traces: MergedRow[];
  observations: MergedRow[];
  payloads: FoldedPayload[];
}

export function foldEvents(events: readonly MergeEvent[]): EventFold {
  const traces = new Map<string, MergedRow>();
  const observations = new Map<string, MergedRow>();
  const payloads = new Map<string, FoldedPayload>();
  for (const event of events) {
    if (event.observation === null) addRow(traces, rowOfEvent(event));
    else {
      addRow(traces, traceStubOf(event));
      addRow(observations, rowOfEvent(event));
    }
    for (const write of event.payloads) addPayload(payloads, event, write);
  }
  return { traces: sorted(traces), observations: sorted(observations), payloads: sorted(payloads) };
}

function addRow(rows: Map<string, MergedRow>, row: MergedRow): void {
  const key = row.key.join('/');
  const known = rows.get(key);
  rows.set(key, known === undefined ? row : mergeRows(known, row));
}

function addPayload(payloads: Map<string, FoldedPayload>, event: MergeEvent, write: PayloadWrite): void {
  const observationId = event.observation?.id ?? NIL_UUID;
  const parts: FoldedPayload['key'] = [event.projectId, event.trace.id, observationId, write.kind];
  const key = parts.join('/');
  const known = payloads.get(key);
  if (known === undefined || known.version < write.version) payloads.set(key, { ...write, key: parts });
}

/** Lower-case UUIDs sort as text the way PostgreSQL sorts them as bytes. */
function sorted<T>(rows: Map<string, T>): T[] {
  return [...rows].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}
