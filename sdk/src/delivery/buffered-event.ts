import { type Cut, type EventType, type PayloadKind } from '../contract/index.ts';
import { type JsonText } from '../payloads/json-text.ts';

/** Room a payload's entry in `pl` and the header's braces and commas take. */
const EVENT_OVERHEAD_BYTES = 64;

export type BufferedHeader = { [field: string]: unknown } & {
  event_type: EventType;
  trace_id?: string;
  observation_id?: string;
  cuts?: Cut[];
};

export interface BufferedPayload {
  readonly kind: PayloadKind;
  readonly json: JsonText;
}

export interface BufferedEvent {
  projectId: string;
  header: BufferedHeader;
  payloads: BufferedPayload[];
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
  for (const { json } of payloads) bytes += json.weight + 20;
  return bytes;
}

/** Bytes of the payloads, about right for those that are not written yet. */
export function weightOf({ payloads }: BufferedEvent): number {
  let weight = 0;
  for (const { json } of payloads) weight += json.weight;
  return weight;
}

/** Writes what was put off. @returns the bytes of all payloads */
export function writePayloads({ payloads }: BufferedEvent): number {
  let bytes = 0;
  for (const { json } of payloads) bytes += json.bytes;
  return bytes;
}

/** What written payloads take in memory beyond their bytes. */
export function extraBytesOf({ payloads }: BufferedEvent): number {
  let bytes = 0;
  for (const { json } of payloads) bytes += json.extraBytes;
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
  const isReplaced = ({ kind }: BufferedPayload): boolean =>
    end.payloads.some((other) => other.kind === kind);
  const payloads = [...start.payloads.filter((payload) => !isReplaced(payload)), ...end.payloads];
  return { projectId: start.projectId, header, payloads };
}
