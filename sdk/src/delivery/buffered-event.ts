import { type Cut, type EventType, PAYLOAD_KINDS, type PayloadKind } from '../contract/index.ts';
import { type JsonText } from '../payloads/json-text.ts';

/** Room a payload's entry in `pl` and the header's braces and commas take. */
const EVENT_OVERHEAD_BYTES = 64;

export type BufferedHeader = { [field: string]: unknown } & {
  event_type: EventType;
  trace_id?: string;
  observation_id?: string;
  cuts?: Cut[];
};

export type EventPayloads = { [kind in PayloadKind]?: JsonText | undefined };

export interface BufferedEvent {
  projectId: string;
  header: BufferedHeader;
  payloads: EventPayloads;
}

/*
 * What waits in the buffer is made by `new`: literals that outlive the first collections of garbage, as everything does that
 * is recorded before the connection is there, are allocated by V8 as if they were to stay for ever, and from then on hold
 * everything they refer to until the next full collection.
 */

/** Payloads of one event, none yet. */
export class BufferedPayloads implements EventPayloads {
  input: JsonText | undefined;
  output: JsonText | undefined;
  state_after: JsonText | undefined;
  meta: JsonText | undefined;
  error: JsonText | undefined;
}

export class RecordedEvent implements BufferedEvent {
  readonly projectId: string;
  readonly header: BufferedHeader;
  readonly payloads: EventPayloads;

  constructor(projectId: string, header: BufferedHeader, payloads: EventPayloads) {
    this.projectId = projectId;
    this.header = header;
    this.payloads = payloads;
  }
}

/** Shorter header texts hardly ever hold more bytes than characters, and asking costs more than the answer is worth. */
const SHORT_CHARS = 64;

function textBytes(text: string): number {
  return text.length <= SHORT_CHARS ? text.length : Buffer.byteLength(text);
}

function headerBytes(header: BufferedHeader): number {
  let bytes = 2;
  for (const key of Object.keys(header)) {
    const value = header[key];
    if (value === undefined) continue;
    bytes += key.length + 4;
    if (typeof value === 'string') bytes += textBytes(value) + 2;
    else bytes += typeof value === 'object' ? Buffer.byteLength(JSON.stringify(value)) : 8;
  }
  return bytes;
}

/** Bytes of an event on the wire; about right while some of its payloads are not written yet. */
export function bytesOf({ header, payloads }: BufferedEvent): number {
  let bytes = headerBytes(header) + EVENT_OVERHEAD_BYTES;
  for (const kind of PAYLOAD_KINDS) {
    const json = payloads[kind];
    if (json !== undefined) bytes += json.weight + 20;
  }
  return bytes;
}

/** Bytes of the payloads, about right for those that are not written yet. */
export function weightOf({ payloads }: BufferedEvent): number {
  let weight = 0;
  for (const kind of PAYLOAD_KINDS) weight += payloads[kind]?.weight ?? 0;
  return weight;
}

/** Writes what was put off. @returns the bytes of all payloads */
export function writePayloads({ payloads }: BufferedEvent): number {
  let bytes = 0;
  for (const kind of PAYLOAD_KINDS) bytes += payloads[kind]?.bytes ?? 0;
  return bytes;
}

/** What written payloads take in memory beyond their bytes. */
export function extraBytesOf({ payloads }: BufferedEvent): number {
  let bytes = 0;
  for (const kind of PAYLOAD_KINDS) bytes += payloads[kind]?.extraBytes ?? 0;
  return bytes;
}

/** One event that says what start and end said; the end's word counts where both spoke. */
export function mergeHalves(start: BufferedEvent, end: BufferedEvent): BufferedEvent {
  const header: BufferedHeader = { ...start.header };
  if (end.header.event_type === 'observation_error')
    Object.assign(header, { level: 'ERROR', status: 'error' });
  for (const key of Object.keys(end.header)) {
    const said = end.header[key];
    if (said !== undefined) header[key] = said;
  }
  header.event_type = 'observation';
  if (start.header.cuts !== undefined && end.header.cuts !== undefined)
    header.cuts = [...start.header.cuts, ...end.header.cuts];
  const payloads = new BufferedPayloads();
  for (const kind of PAYLOAD_KINDS) payloads[kind] = end.payloads[kind] ?? start.payloads[kind];
  return new RecordedEvent(start.projectId, header, payloads);
}
