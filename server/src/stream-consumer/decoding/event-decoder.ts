import {
  EVENT_TIME_FIELDS,
  type EventType,
  isEventType,
  JSON_MAX_DEPTH,
  type PayloadKind,
} from 'swisper-studio/contract';
import {
  clampTime,
  eventDigest,
  type EventTime,
  eventVersion,
  formatTime,
  isObservedId,
  isPlainId,
  jsonTextFault,
  isValueDeeperThan,
  type MergeEvent,
  observationIdOf,
  type ObservedId,
  type PayloadWrite,
  storableText,
  traceIdOf,
} from '../../traces/index.ts';
import { type EventSource, HeaderReader } from './header-reader.ts';
import { refuseOversizeHeader } from './oversize-header.ts';
import { Refusal } from './refusal.ts';

/** An event as its entry carries it: fields not checked, payloads not parsed. */
export interface RawEvent {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payloads: readonly { kind: PayloadKind; bytes: Buffer }[];
  /** Number of the event at its producer; 0 without one. */
  readonly seq: number;
  /** What reading the entry already did to it. */
  readonly marks: readonly string[];
}

const TRACE_START = ['name', 'user_id', 'session_id', 'tags', 'environment', 'version'];
const TRACE_END = ['status', 'status_message'];
const OBSERVATION_START = ['name', 'type', 'parent_observation_id', 'model', 'model_parameters'];
const OBSERVATION_END = ['status', 'status_message', 'usage', 'cost', 'completion_start_time'];

/** Header fields an event writes, beside its own times. An end may tell the model that only the answer named. */
const WRITTEN: Record<Exclude<EventType, 'graph'>, readonly string[]> = {
  trace_start: TRACE_START,
  trace_end: TRACE_END,
  trace_update: [...TRACE_START, ...TRACE_END, 'start_time', 'end_time'],
  observation_start: OBSERVATION_START,
  observation_end: [...OBSERVATION_END, 'model', 'model_parameters'],
  observation_error: [...OBSERVATION_END, 'model', 'model_parameters'],
  observation: [...OBSERVATION_START, ...OBSERVATION_END],
  observation_update: [...OBSERVATION_START, ...OBSERVATION_END, 'start_time', 'end_time'],
};
const END_OWNED = new Set([...OBSERVATION_END, 'end_time']);
const START_PAYLOADS: ReadonlySet<PayloadKind> = new Set(['input', 'meta']);

type StoredType = keyof typeof WRITTEN;

/** Times, as written, and versions of an event's two halves; a half it does not have is null. */
interface Halves {
  startTime: string | null;
  endTime: string | null;
  startVersion: string;
  endVersion: string;
}

/**
 * What one event writes, sanitised and ordered.
 * @throws Refusal naming what cannot be stored
 */
export function decodeEvent(raw: RawEvent, source: EventSource): MergeEvent {
  const type = storedTypeOf(raw.header);
  if (isValueDeeperThan(raw.header, JSON_MAX_DEPTH))
    throw new Refusal('too_deep', 'the event nests too deep');
  checkPayloads(raw);
  const reader = new HeaderReader(raw.header, source, raw.marks);
  const { trace, observation } = idsOf(type, reader, source.projectId);
  const halves = halvesOf(type, raw, reader);
  writeFields(type, reader, halves);
  if (observation !== null) writeParent(reader, source.projectId, trace, observation);
  applyFailure(type, raw, reader, halves.endVersion);
  const isUpdate = type.endsWith('_update');
  return {
    projectId: source.projectId,
    isSigned: source.isSigned,
    trace,
    observation,
    receivedMs: source.receivedMs,
    earliest: earliestOf(halves) ?? formatTime(source.fallbackTime),
    startVersion: isUpdate || halves.startTime === null ? null : halves.startVersion,
    endVersion: isUpdate || halves.endTime === null ? null : halves.endVersion,
    writes: reader.writes,
    level: reader.level,
    marks: reader.marks,
    payloads: raw.payloads.map((payload) => payloadWrite(payload, halves)),
  };
}

function storedTypeOf(header: RawEvent['header']): StoredType {
  refuseOversizeHeader(header);
  const type = header['event_type'];
  if (!isStoredType(type)) throw new Refusal('unknown_event_type', describe(type));
  return type;
}

/** A graph is no event of a trace: it is decoded elsewhere. */
const isStoredType = (type: unknown): type is StoredType => isEventType(type) && type !== 'graph';

function describe(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(storableText(value.slice(0, 100))) : typeof value;
}

function checkPayloads(raw: RawEvent): void {
  for (const { kind, bytes } of raw.payloads) {
    const fault = jsonTextFault(bytes);
    if (fault !== null) throw new Refusal(fault, `payload ${kind}`);
    if (bytes.length === 0) throw new Refusal('invalid_json', `payload ${kind} is empty`);
    // PostgreSQL would call it an encoding error.
    if (bytes.includes(0)) throw new Refusal('invalid_json', `payload ${kind} has a NUL byte`);
  }
}

function idsOf(
  type: StoredType,
  reader: HeaderReader,
  projectId: string,
): { trace: ObservedId; observation: ObservedId | null } {
  const trace = traceIdOf(projectId, idText(reader, 'trace_id'));
  if (type.startsWith('trace')) return { trace, observation: null };
  return { trace, observation: observationIdOf(projectId, trace.id, idText(reader, 'observation_id')) };
}

function idText(reader: HeaderReader, field: string): string {
  const sent = reader.raw(field);
  if (typeof sent !== 'string')
    throw new Refusal('bad_id', `${field} is ${sent === null ? 'missing' : 'no text'}`);
  if (isPlainId(sent)) return sent;
  const text = storableText(sent);
  if (text !== sent) reader.mark(`sanitised:${field}`);
  if (!isObservedId(text)) throw new Refusal('bad_id', `${field} is not 1 to 200 printable characters`);
  return text;
}

function halvesOf(type: StoredType, raw: RawEvent, reader: HeaderReader): Halves {
  const digest = reader.source.producerDigest ?? eventDigest(raw.header, raw.payloads);
  const fields = EVENT_TIME_FIELDS[type];
  const first = fields.start === null ? null : (reader.time(fields.start) ?? reader.fallbackTime());
  const last = fields.end === null ? null : (reader.time(fields.end) ?? first ?? reader.fallbackTime());
  const version = (time: EventTime): string => {
    const clamped = clampTime(time, reader.source.receivedMs);
    if (clamped !== time) reader.mark('clock_clamped');
    return eventVersion(clamped, raw.seq, digest);
  };
  const startVersion = first === null ? '' : version(first);
  const endVersion = last === null ? startVersion : version(last);
  return {
    startTime: first === null ? null : formatTime(first),
    endTime: last === null ? null : formatTime(last),
    startVersion: startVersion || endVersion,
    endVersion,
  };
}

function earliestOf({ startTime, endTime }: Halves): string | null {
  if (startTime === null || endTime === null) return startTime ?? endTime;
  return startTime < endTime ? startTime : endTime;
}

function writeFields(type: StoredType, reader: HeaderReader, halves: Halves): void {
  const isUpdate = type.endsWith('_update');
  if (!isUpdate && halves.startTime !== null) {
    reader.write('start_time', halves.startTime, halves.startVersion);
    const { instanceId } = reader.source;
    if (type === 'trace_start' && instanceId !== null)
      reader.write('instance_id', instanceId, halves.startVersion);
  }
  if (!isUpdate && halves.endTime !== null) reader.write('end_time', halves.endTime, halves.endVersion);
  for (const field of WRITTEN[type]) {
    reader.writeField(field, END_OWNED.has(field) ? halves.endVersion : halves.startVersion);
  }
  reader.readLevel();
  reader.readCuts();
}

function writeParent(reader: HeaderReader, projectId: string, trace: ObservedId, own: ObservedId): void {
  const version = reader.takeParentVersion();
  if (version === null) return;
  const parent = observationIdOf(projectId, trace.id, idText(reader, 'parent_observation_id'));
  if (parent.id === own.id) reader.mark('ignored:parent_observation_id');
  else reader.write('parent_observation_id', parent.id, version);
}

/** An error without a status is the status error; an interrupt is none. */
function applyFailure(type: StoredType, raw: RawEvent, reader: HeaderReader, version: string): void {
  const failed = type === 'observation_error' || raw.payloads.some(({ kind }) => kind === 'error');
  if (!failed || type.startsWith('trace')) return;
  const status = reader.writes.find(({ column }) => column === 'reported_status')?.value;
  if (status === undefined) reader.write('reported_status', 'error', version);
  if (status === undefined || status === 'error') reader.raiseLevel('ERROR');
}

function payloadWrite(payload: RawEvent['payloads'][number], halves: Halves): PayloadWrite {
  const version = START_PAYLOADS.has(payload.kind) ? halves.startVersion : halves.endVersion;
  return { kind: payload.kind, bytes: payload.bytes, version };
}
