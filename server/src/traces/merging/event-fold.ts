import { NIL_UUID } from '../../kernel/uuid.ts';
import type { MergeEvent, PayloadWrite } from './merge-event.ts';
import { OBSERVATION_MERGE, TRACE_MERGE } from './merge-fields.ts';
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

/** A row, and its payloads: at most one of each kind. */
interface Node {
  readonly row: MergedRow;
  readonly payloads: FoldedPayload[];
}

interface TraceNode extends Node {
  readonly observations: Map<string, Node>;
}

/** Traces by project and id. */
type Forest = Map<string, Map<string, TraceNode>>;

/** @param events all signed, or none */
export function foldEvents(events: readonly MergeEvent[]): EventFold {
  const forest: Forest = new Map();
  for (const event of events) {
    const trace = traceAt(forest, event);
    trace.row.originalId ??= event.trace.originalId;
    if (event.observation === null) {
      addEvent(trace.row, event, TRACE_MERGE);
      for (const write of event.payloads) addPayload(trace.payloads, null, event, write);
    } else {
      addSighting(trace.row, event, TRACE_MERGE);
      const { row, payloads } = observationAt(trace, event, event.observation.id);
      row.originalId ??= event.observation.originalId;
      addEvent(row, event, OBSERVATION_MERGE);
      for (const write of event.payloads) addPayload(payloads, row, event, write);
    }
  }
  return inKeyOrder(forest);
}

function traceAt(forest: Forest, event: MergeEvent): TraceNode {
  const { projectId, trace } = event;
  let ofProject = forest.get(projectId);
  if (ofProject === undefined) forest.set(projectId, (ofProject = new Map<string, TraceNode>()));
  let node = ofProject.get(trace.id);
  if (node === undefined) {
    const row = rowSince(event, TRACE_MERGE, [projectId, trace.id]);
    ofProject.set(trace.id, (node = { row, payloads: [], observations: new Map() }));
  }
  return node;
}

function observationAt(trace: TraceNode, event: MergeEvent, id: string): Node {
  let node = trace.observations.get(id);
  if (node === undefined) {
    const row = rowSince(event, OBSERVATION_MERGE, [event.projectId, event.trace.id, id]);
    trace.observations.set(id, (node = { row, payloads: [] }));
  }
  return node;
}

/** Keeps them in the order of their kinds. */
function addPayload(
  payloads: FoldedPayload[],
  row: MergedRow | null,
  event: MergeEvent,
  { kind, bytes, version }: PayloadWrite,
): void {
  let at = 0;
  while (at < payloads.length && isOfEarlierKind(payloads[at], kind)) at++;
  const known = payloads[at]?.kind === kind ? payloads[at] : undefined;
  if (known !== undefined && known.version >= version) return;
  const { projectId, trace, observation, isSigned } = event;
  const key: FoldedPayload['key'] = [projectId, trace.id, observation?.id ?? NIL_UUID, kind];
  const payload = { key, kind, bytes, version, isSigned, row };
  if (known !== undefined) payloads[at] = payload;
  else if (at === payloads.length) payloads.push(payload);
  else payloads.splice(at, 0, payload);
}

const isOfEarlierKind = (payload: FoldedPayload | undefined, kind: string): boolean =>
  payload !== undefined && payload.kind < kind;

/** Lower-case UUIDs sort as text the way PostgreSQL sorts them as bytes. The nil UUID comes before all others. */
function inKeyOrder(forest: Forest): EventFold {
  const fold: EventFold = { traces: [], observations: [], payloads: [] };
  for (const ofProject of inOrder(forest)) {
    for (const { row, payloads, observations } of inOrder(ofProject)) {
      fold.traces.push(row);
      for (const payload of payloads) fold.payloads.push(payload);
      for (const observation of inOrder(observations)) {
        fold.observations.push(observation.row);
        for (const payload of observation.payloads) fold.payloads.push(payload);
      }
    }
  }
  return fold;
}

/** Values in the order of their keys: mostly they came in it. */
function inOrder<T>(byKey: ReadonlyMap<string, T>): Iterable<T> {
  let last = '';
  for (const key of byKey.keys()) {
    if (key < last)
      return [...byKey].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value);
    last = key;
  }
  return byKey.values();
}
