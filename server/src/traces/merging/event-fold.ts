import { NIL_UUID } from '../../kernel/uuid.ts';
import type { MergeEvent, PayloadWrite } from './merge-event.ts';
import { type MergeTable, OBSERVATION_MERGE, TRACE_MERGE } from './merge-fields.ts';
import { addEvent, addSighting, type MergedRow, rowSince } from './merged-row.ts';

/** One payload of an observation, or of the trace itself (nil observation id). */
export interface FoldedPayload extends PayloadWrite {
  /** project, trace, observation, kind. */
  readonly key: readonly [string, string, string, string];
  readonly isSigned: boolean;
  /** The observation's; null for the trace's own. */
  readonly row: MergedRow | null;
}

/** What a batch of events amounts to: at most one row per key, sorted by key, so that writers never deadlock. */
export interface EventFold {
  traces: MergedRow[];
  observations: MergedRow[];
  payloads: FoldedPayload[];
}

/** @param events all signed, or none */
export function foldEvents(events: readonly MergeEvent[]): EventFold {
  const traces = new Map<string, MergedRow>();
  const observations = new Map<string, MergedRow>();
  const payloads = new Map<string, FoldedPayload>();
  for (const event of events) {
    const { projectId, trace, observation } = event;
    const traceKey = `${projectId}/${trace.id}`;
    const traceRow = rowAt(traces, traceKey, event, TRACE_MERGE);
    traceRow.originalId ??= trace.originalId;
    let row: MergedRow | null = null;
    if (observation === null) addEvent(traceRow, event, TRACE_MERGE);
    else {
      addSighting(traceRow, event, TRACE_MERGE);
      row = rowAt(observations, `${traceKey}/${observation.id}`, event, OBSERVATION_MERGE);
      row.originalId ??= observation.originalId;
      addEvent(row, event, OBSERVATION_MERGE);
    }
    for (const write of event.payloads) addPayload(payloads, row, event, write);
  }
  return { traces: sorted(traces), observations: sorted(observations), payloads: sorted(payloads) };
}

function rowAt(rows: Map<string, MergedRow>, key: string, event: MergeEvent, merge: MergeTable): MergedRow {
  const known = rows.get(key);
  if (known !== undefined) return known;
  const { projectId, trace, observation } = event;
  const isTrace = merge === TRACE_MERGE || observation === null;
  const row = rowSince(event, merge, isTrace ? [projectId, trace.id] : [projectId, trace.id, observation.id]);
  rows.set(key, row);
  return row;
}

function addPayload(
  payloads: Map<string, FoldedPayload>,
  row: MergedRow | null,
  event: MergeEvent,
  { kind, bytes, version }: PayloadWrite,
): void {
  const { projectId, trace, observation, isSigned } = event;
  const observationId = observation?.id ?? NIL_UUID;
  const key = `${projectId}/${trace.id}/${observationId}/${kind}`;
  const known = payloads.get(key);
  if (known !== undefined && known.version >= version) return;
  payloads.set(key, { key: [projectId, trace.id, observationId, kind], kind, bytes, version, isSigned, row });
}

/** Lower-case UUIDs sort as text the way PostgreSQL sorts them as bytes. */
function sorted<T>(rows: Map<string, T>): T[] {
  return [...rows].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}
