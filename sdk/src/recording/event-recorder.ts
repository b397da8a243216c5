import {
  type DropReason,
  type EventType,
  ID_MAX_CHARS,
  type Level,
  PAYLOAD_KINDS,
  type PayloadKind,
} from '../contract/index.ts';
import { BufferedEvent, type BufferedHeader, EventPayload } from '../delivery/buffered-event.ts';
import { type EventBuffer } from '../delivery/event-buffer.ts';
import { reasonOf } from '../log.ts';
import { quietly } from '../quietly.ts';
import { JsonText } from '../payloads/json-text.ts';
import { type CapturedPart, type PayloadCapture } from '../payloads/payload-capture.ts';
import { cutWhole, headerJson, headerText, listedCuts } from '../payloads/serialize.ts';
import { MAX_BYTES_PER_CHAR } from '../payloads/snapshot.ts';

/** One more than the server keeps of these texts: it marks those that it cuts. */
const TEXT_CHARS: { readonly [field: string]: number } = {
  environment: 201,
  version: 201,
  model: 201,
  status_message: 8193,
};
const OTHER_TEXT_CHARS = 501;
const ID_FIELDS = new Set(['trace_id', 'observation_id', 'parent_observation_id']);
const MAX_HEADER_JSON_BYTES = 16 * 1024;
/** A declared graph's nodes or edges, all of which travel in the header. */
const MAX_GRAPH_JSON_BYTES = 1024 * 1024;
const MAX_HEADER_FIELDS = 64;
/** Quotes, colon and comma. */
const FIELD_PUNCTUATION_BYTES = 4;

export type Payloads = { [kind in PayloadKind]?: unknown };

export interface RecorderOptions {
  capture: PayloadCapture;
  maxEventBytes: number;
  buffer: EventBuffer;
  /** Why nothing may be added now: Redis must not be filled further, or all was sent and closed. */
  refusal: () => DropReason | undefined;
  notify: () => void;
}

const charsOf = (field: string): number =>
  ID_FIELDS.has(field) ? ID_MAX_CHARS : (TEXT_CHARS[field] ?? OTHER_TEXT_CHARS);

const ADDRESS_FIELDS = new Set(['event_type', 'trace_id', 'observation_id', 'timestamp']);

/** An update of which nothing is left, because what it says is not captured. */
const saysNothing = ({ header, payloads }: BufferedEvent): boolean =>
  header.event_type.endsWith('_update') &&
  payloads.length === 0 &&
  Object.keys(header).every((field) => header[field] === undefined || ADDRESS_FIELDS.has(field));

/** What may stand in any header field as it is; most values do. */
function isSafeScalar(value: unknown): boolean {
  if (typeof value === 'string')
    return value.length <= ID_MAX_CHARS && value.isWellFormed() && !value.includes('\u0000');
  return typeof value === 'boolean' || Number.isFinite(value);
}

/** A proxy may throw when it is asked what it is. */
function isJsonText(value: unknown): value is JsonText {
  try {
    return value instanceof JsonText;
  } catch {
    return false;
  }
}

/** Written by the recorder itself. */
const isOwnField = (field: string): boolean => field === 'pl' || field === 'cuts';

/**
 * Turns what happened into events in the buffer, at once: the values may change right after. Never throws, never waits.
 */
export class EventRecorder {
  private readonly options: RecorderOptions;

  constructor(options: RecorderOptions) {
    this.options = options;
  }

  /** Whether values of this part are recorded at all: where not, they need not be read. */
  captures(part: CapturedPart): boolean {
    return this.options.capture.captures(part);
  }

  /** A value's JSON, made (and masked) once for several events; undefined where the part is not captured. */
  jsonText(value: unknown, part: CapturedPart): JsonText | undefined {
    if (!this.captures(part)) return undefined;
    return isJsonText(value) ? value : this.options.capture.json(value, part);
  }

  /**
   * Adds one event.
   * @param fields header fields in snake_case, as on the wire
   * @param payloads values of any kind; undefined ones are left out
   */
  record(
    projectId: string,
    eventType: EventType,
    fields: { readonly [field: string]: unknown },
    payloads: Payloads = {},
  ): void {
    this.recordOwn(projectId, { ...fields, event_type: eventType }, payloads);
  }

  /** The same with a header made for this event alone: it is not copied. */
  recordOwn(projectId: string, header: BufferedHeader, payloads: Payloads): void {
    const { buffer, maxEventBytes, refusal, notify } = this.options;
    const reason = refusal();
    if (reason !== undefined) {
      this.refuse(projectId, reason);
      return;
    }
    try {
      const event = new BufferedEvent(projectId, header, this.makeSafe(header));
      this.addPayloads(event, payloads);
      if (saysNothing(event)) return;
      const { bytes } = event;
      const isSmall = bytes * MAX_BYTES_PER_CHAR < maxEventBytes;
      buffer.add(event, isSmall ? bytes : this.shrink(event));
      notify();
    } catch {
      this.refuse(projectId, 'invalid');
    }
  }

  /** Counts an event that cannot be sent. */
  refuse(projectId: string, reason: DropReason): void {
    this.options.buffer.refuse(projectId, reason);
  }

  /** Leaves small, safe values in a header, whatever was given; null fields are left out. @returns bytes of its JSON, about */
  private makeSafe(header: BufferedHeader): number {
    const { event_type: eventType } = header;
    let bytes = 0;
    let count = 0;
    for (const field of Object.keys(header)) {
      const given = header[field];
      if (given === undefined) continue;
      const isType = field === 'event_type';
      if (!isType && (given === null || count >= MAX_HEADER_FIELDS || isOwnField(field))) {
        header[field] = undefined;
        continue;
      }
      if (!isType) count += 1;
      const isSafe = isType || (!this.options.capture.changesHeaders && isSafeScalar(given));
      const value = isSafe ? given : this.headerValueOf(eventType, field, given);
      if (!isSafe) header[field] = value;
      bytes += field.length + FIELD_PUNCTUATION_BYTES + valueBytes(value);
    }
    return bytes;
  }

  private headerValueOf(eventType: EventType, field: string, given: unknown): unknown {
    const value = this.options.capture.headerValue(field, given);
    if (typeof value === 'string') return headerText(value, charsOf(field));
    if (typeof value === 'boolean' || Number.isFinite(value)) return value;
    return headerJson(value, eventType === 'graph' ? MAX_GRAPH_JSON_BYTES : MAX_HEADER_JSON_BYTES);
  }

  private addPayloads(event: BufferedEvent, values: Payloads): void {
    for (const kind of PAYLOAD_KINDS) {
      const value = values[kind];
      if (value === undefined || !this.captures(kind)) continue;
      const json = isJsonText(value) ? value : this.options.capture.json(value, kind);
      event.setPayload(new EventPayload(kind, json));
      if (json.cuts.length > 0) event.addCuts(listedCuts(kind, json.cuts));
    }
  }

  /** Gives up the largest payloads until the event may travel. @returns the event's bytes */
  private shrink(event: BufferedEvent): number {
    event.write();
    while (event.bytes > this.options.maxEventBytes) {
      const largest = largestOf(event.payloads);
      if (largest === undefined) break;
      const { kind, json } = largest;
      const mark = new JsonText(cutWhole(json.bytes));
      if (json.bytes <= mark.bytes) break;
      event.setPayload(new EventPayload(kind, mark));
      event.addCuts([{ kind, path: '$', bytes: json.bytes }]);
    }
    return event.bytes;
  }
}

const largestOf = (payloads: readonly EventPayload[]): EventPayload | undefined =>
  payloads.toSorted((a, b) => b.json.bytes - a.json.bytes)[0];

/** Shorter texts hardly ever hold more bytes than characters, and asking costs more than the answer is worth. */
const SHORT_CHARS = 64;

/** Bytes of a header value's JSON, about. */
function valueBytes(value: unknown): number {
  if (typeof value === 'string')
    return 2 + (value.length <= SHORT_CHARS ? value.length : Buffer.byteLength(value));
  return typeof value === 'object' ? Buffer.byteLength(JSON.stringify(value)) : 8;
}

/** What an error says about itself, for `observation_error` and `trace_end`. */
export function errorFields(error: unknown): { level: Level; status_message: string } {
  const name = quietly(() => (error instanceof Error && error.message === '' ? error.name : undefined));
  return { level: 'ERROR', status_message: name ?? reasonOf(error) };
}
