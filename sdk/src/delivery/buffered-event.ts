import { type Cut, type EventType, type PayloadKind, type PayloadLength } from '../contract/index.ts';
import { type EntryBody } from '../contract/entry-body.ts';
import { type JsonText } from '../payloads/json-text.ts';

/** Room the header's braces, its `pl` and what parts it from the next take. */
const EVENT_OVERHEAD_BYTES = 64;
/** Room a payload's entry in `pl` takes. */
const PAYLOAD_OVERHEAD_BYTES = 20;

export type BufferedHeader = { [field: string]: unknown } & {
  event_type: EventType;
  trace_id?: string;
  observation_id?: string;
  cuts?: Cut[];
  pl?: readonly PayloadLength[];
};

/*
 * What waits in the buffer is made by `new`: literals that outlive the first collections of garbage, as everything does that
 * is recorded before the connection is there, are allocated by V8 as if they were to stay for ever, and from then on hold
 * everything they refer to until the next full collection.
 */

/** One payload of an event, and the next one: most events have one, which an array would only make dearer. */
export class EventPayload {
  readonly kind: PayloadKind;
  readonly json: JsonText;
  readonly next: EventPayload | undefined;

  constructor(kind: PayloadKind, json: JsonText, next?: EventPayload) {
    this.kind = kind;
    this.json = json;
    this.next = next;
  }
}

/** The same payloads, and this one behind them or in place of one of its kind. */
function withPayload(chain: EventPayload | undefined, kind: PayloadKind, json: JsonText): EventPayload {
  if (chain === undefined) return new EventPayload(kind, json);
  if (chain.kind === kind) return withPayload(chain.next, kind, json);
  return new EventPayload(chain.kind, chain.json, withPayload(chain.next, kind, json));
}

/** Of a type that no end joins. */
const NOTHING_SAID: BufferedHeader = Object.freeze({ event_type: 'trace_update' });

/** An event that waits, and what is counted of it. */
export class BufferedEvent {
  readonly projectId: string;
  header: BufferedHeader;
  /** The first of its payloads, of which each kind is there once. */
  payload: EventPayload | undefined;
  /** Bytes on the wire; about right while some of it is not written yet. */
  bytes: number;
  /** What its payloads take in memory beyond their bytes, as far as they are written. */
  extraBytes: number;
  /** The buffer it waits in; undefined before and after. */
  waitsIn: object | undefined;
  /** How much of `bytes` stands for payloads: another event may have had them written meanwhile. */
  private payloadBytes: number;

  /** @param headerBytes of the header's JSON, about */
  constructor(projectId: string, header: BufferedHeader, headerBytes: number, payload?: EventPayload) {
    this.projectId = projectId;
    this.header = header;
    this.payload = payload;
    this.bytes = headerBytes + EVENT_OVERHEAD_BYTES;
    this.extraBytes = 0;
    this.waitsIn = undefined;
    this.payloadBytes = 0;
    if (payload !== undefined) this.countPayloads();
  }

  /** @param first of the payloads it gets, behind those it has or in place of those of their kinds */
  setPayloads(first: EventPayload): void {
    for (let set: EventPayload | undefined = first; set !== undefined; set = set.next)
      this.payload = withPayload(this.payload, set.kind, set.json);
    this.countPayloads();
  }

  /** Lists what was cut of its payloads. */
  addCuts(cuts: readonly Cut[]): void {
    this.header.cuts = [...(this.header.cuts ?? []), ...cuts];
    this.bytes += Buffer.byteLength(JSON.stringify(cuts));
  }

  /** Writes what was put off. */
  write(): void {
    for (let { payload } = this; payload !== undefined; payload = payload.next) payload.json.write();
    this.countPayloads();
  }

  /** The same, and lists in the header's `pl` what the body got. @param body gets every payload, those written before too */
  writeTo(body: EntryBody): void {
    const pl: PayloadLength[] = [];
    for (let { payload } = this; payload !== undefined; payload = payload.next) {
      payload.json.write(body);
      pl.push([payload.kind, payload.json.bytes]);
    }
    this.header.pl = pl;
    this.countPayloads();
  }

  /** As one JSON object, payloads as fields. */
  json(): string {
    let text = JSON.stringify(this.header).slice(0, -1);
    for (let { payload } = this; payload !== undefined; payload = payload.next)
      text += `,"${payload.kind}":${payload.json.text}`;
    return `${text}}`;
  }

  /** It was encoded or dropped: an observation that runs on may hold it, but nothing of what it said. */
  letGo(): void {
    this.header = NOTHING_SAID;
    this.payload = undefined;
  }

  /** Says also what the end of the same observation says; the end's word counts where both spoke. */
  join(end: BufferedEvent): void {
    joinHeaders(this.header, end.header);
    this.bytes += end.bytes - end.payloadBytes;
    if (end.payload !== undefined) this.setPayloads(end.payload);
  }

  private countPayloads(): void {
    let bytes = 0;
    let extraBytes = 0;
    for (let payload = this.payload; payload !== undefined; payload = payload.next) {
      bytes += payload.json.weight + PAYLOAD_OVERHEAD_BYTES;
      extraBytes += payload.json.extraBytes;
    }
    this.bytes += bytes - this.payloadBytes;
    this.payloadBytes = bytes;
    this.extraBytes = extraBytes;
  }
}

function joinHeaders(header: BufferedHeader, end: BufferedHeader): void {
  const { cuts } = header;
  if (end.event_type === 'observation_error') Object.assign(header, { level: 'ERROR', status: 'error' });
  for (const key of Object.keys(end)) {
    const said = end[key];
    if (said !== undefined) header[key] = said;
  }
  header.event_type = 'observation';
  if (cuts !== undefined && end.cuts !== undefined) header.cuts = [...cuts, ...end.cuts];
}
