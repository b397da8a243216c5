import { type Cut, type EventType, type PayloadKind } from '../contract/index.ts';
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
};

/*
 * What waits in the buffer is made by `new` and `concat`: literals that outlive the first collections of garbage, as everything does
 * that is recorded before the connection is there, are allocated by V8 as if they were to stay for ever, and from then on
 * hold everything they refer to until the next full collection.
 */

/** One payload of an event. */
export class EventPayload {
  readonly kind: PayloadKind;
  readonly json: JsonText;

  constructor(kind: PayloadKind, json: JsonText) {
    this.kind = kind;
    this.json = json;
  }
}

const NO_PAYLOADS: readonly EventPayload[] = [];

/** An event that waits. */
export class BufferedEvent {
  readonly projectId: string;
  readonly header: BufferedHeader;
  /** Each kind once. */
  payloads: readonly EventPayload[] = NO_PAYLOADS;
  private headerBytes: number;

  /** @param headerBytes of the header's JSON, about */
  constructor(projectId: string, header: BufferedHeader, headerBytes: number) {
    this.projectId = projectId;
    this.header = header;
    this.headerBytes = headerBytes;
  }

  /** Bytes on the wire; about right while some of its payloads are not written yet. */
  get bytes(): number {
    return (
      this.headerBytes + EVENT_OVERHEAD_BYTES + this.payloads.length * PAYLOAD_OVERHEAD_BYTES + this.weight
    );
  }

  /** Bytes of its payloads, about right for those that are not written yet. */
  get weight(): number {
    let weight = 0;
    for (const { json } of this.payloads) weight += json.weight;
    return weight;
  }

  /** What its written payloads take in memory beyond their bytes. */
  get extraBytes(): number {
    let bytes = 0;
    for (const { json } of this.payloads) bytes += json.extraBytes;
    return bytes;
  }

  /** @param payload of a kind it has not, or in place of that */
  setPayload(payload: EventPayload): void {
    this.payloads = this.payloads.filter(({ kind }) => kind !== payload.kind).concat(payload);
  }

  /** Lists what was cut of its payloads. */
  addCuts(cuts: readonly Cut[]): void {
    this.header.cuts = [...(this.header.cuts ?? []), ...cuts];
    this.headerBytes += Buffer.byteLength(JSON.stringify(cuts));
  }

  /** Writes the payloads that were put off. */
  write(): void {
    for (const { json } of this.payloads) json.write();
  }

  /** Says also what the end of the same observation says; the end's word counts where both spoke. */
  join(end: BufferedEvent): BufferedEvent {
    const header = mergedHeader(this.header, end.header);
    const joined = new BufferedEvent(this.projectId, header, this.headerBytes + end.headerBytes);
    joined.payloads = this.payloads;
    for (const payload of end.payloads) joined.setPayload(payload);
    return joined;
  }
}

function mergedHeader(start: BufferedHeader, end: BufferedHeader): BufferedHeader {
  const header: BufferedHeader = { ...start };
  if (end.event_type === 'observation_error') Object.assign(header, { level: 'ERROR', status: 'error' });
  for (const key of Object.keys(end)) {
    const said = end[key];
    if (said !== undefined) header[key] = said;
  }
  header.event_type = 'observation';
  if (start.cuts !== undefined && end.cuts !== undefined) header.cuts = [...start.cuts, ...end.cuts];
  return header;
}
