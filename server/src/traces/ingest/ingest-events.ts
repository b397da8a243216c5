import type { EncodableEvent } from 'swisper-studio/contract';
import type {
  CreateObservationBody,
  CreateTraceBody,
  UpdateObservationBody,
  UpdateTraceBody,
} from './ingest-dto.ts';
import type { SentPayloadList } from './sent-payloads.ts';

/** Fields that say more than that something began. */
const TRACE_END_FIELDS = ['end_time', 'level', 'status', 'status_message'] as const;
const OBSERVATION_END_FIELDS = [...TRACE_END_FIELDS, 'usage', 'cost', 'completion_start_time'] as const;

/** A trace that begins, and what is already known of its end. */
export function createTraceEvents(
  body: CreateTraceBody & { id: string },
  payloads: SentPayloadList,
  now: Date,
): EncodableEvent[] {
  const { id, project_id: _project, ...fields } = body;
  const timestamp = body.timestamp ?? now.toISOString();
  const ending = pick(fields, TRACE_END_FIELDS);
  const output = payloads.filter(([kind]) => kind === 'output');
  const start = {
    header: { ...omit(fields, TRACE_END_FIELDS), event_type: 'trace_start', trace_id: id, timestamp },
    payloads: payloads.filter(([kind]) => kind !== 'output'),
  };
  if (Object.keys(ending).length === 0 && output.length === 0) return [start];
  const more = { ...ending, event_type: 'trace_update', trace_id: id, timestamp };
  return [start, { header: more, payloads: output }];
}

export function updateTraceEvents(
  body: UpdateTraceBody & { id: string },
  payloads: SentPayloadList,
  now: Date,
): EncodableEvent[] {
  const { id, project_id: _project, ...fields } = body;
  const timestamp = body.timestamp ?? now.toISOString();
  return [{ header: { ...fields, event_type: 'trace_update', trace_id: id, timestamp }, payloads }];
}

/** An observation that begins; with anything of its end it is one that is over. */
export function createObservationEvents(
  body: CreateObservationBody & { id: string },
  payloads: SentPayloadList,
  now: Date,
): EncodableEvent[] {
  const { id, project_id: _project, ...fields } = body;
  const startTime = body.start_time ?? body.end_time ?? now.toISOString();
  const common = { ...fields, observation_id: id, start_time: startTime };
  if (isGiven(body.end_time)) return [{ header: { ...common, event_type: 'observation' }, payloads }];
  const isEndKind = (kind: string): boolean => kind !== 'input' && kind !== 'meta';
  const start = {
    header: { ...omit(common, OBSERVATION_END_FIELDS), event_type: 'observation_start' },
    payloads: payloads.filter(([kind]) => !isEndKind(kind)),
  };
  const ending = pick(fields, OBSERVATION_END_FIELDS);
  const results = payloads.filter(([kind]) => isEndKind(kind));
  if (Object.keys(ending).length === 0 && results.length === 0) return [start];
  const ids = { trace_id: body.trace_id, observation_id: id, timestamp: startTime };
  return [start, { header: { ...ending, ...ids, event_type: 'observation_update' }, payloads: results }];
}

export function updateObservationEvents(
  body: UpdateObservationBody & { id: string },
  payloads: SentPayloadList,
  now: Date,
): EncodableEvent[] {
  const { id, project_id: _project, ...fields } = body;
  const timestamp = body.timestamp ?? now.toISOString();
  return [
    { header: { ...fields, event_type: 'observation_update', observation_id: id, timestamp }, payloads },
  ];
}

function pick(fields: object, names: readonly string[]): object {
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => names.includes(name) && isGiven(value)),
  );
}

function omit(fields: object, names: readonly string[]): object {
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => !names.includes(name) && isGiven(value)),
  );
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;
