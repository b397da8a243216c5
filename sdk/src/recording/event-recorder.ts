import {
  type DropReason,
  type EventType,
  type Level,
  PAYLOAD_KINDS,
  type PayloadKind,
} from '../contract/index.ts';
import { BufferedEvent, type BufferedHeader, EventPayload } from '../delivery/buffered-event.ts';
import { capturing } from './capturing.ts';
import { type EventBuffer } from '../delivery/event-buffer.ts';
import { reasonOf } from '../log.ts';
import { quietly } from '../quietly.ts';
import { JsonText } from '../payloads/json-text.ts';
import { type CapturedPart, type PayloadCapture } from '../payloads/payload-capture.ts';
import { isSafeScalar, safeHeaderValue } from '../payloads/header-fields.ts';
import { type TextsHeader } from './own-headers.ts';
import { PublishedStarts } from './published-starts.ts';
import { cutWhole, listedCuts } from '../payloads/serialize.ts';
import { MAX_BYTES_PER_CHAR } from '../payloads/snapshot.ts';

const MAX_HEADER_FIELDS = 64;
/** Quotes, colon and comma. */
const FIELD_PUNCTUATION_BYTES = 4;
/** Room the header of a start or an end takes, but for what the application has named. */
const TEXT_FIELDS_BYTES = 320;

export type Payloads = { [kind in PayloadKind]?: unknown };

export interface RecorderOptions {
  capture: PayloadCapture;
  maxEventBytes: number;
  buffer: EventBuffer;
  /** Why nothing may be added now: Redis must not be filled further, or all was sent and closed. */
  refusal: () => DropReason | undefined;
  notify: () => void;
}

const ADDRESS_FIELDS = new Set(['event_type', 'trace_id', 'observation_id', 'timestamp']);

/** An update of which nothing is left, because what it says is not captured. */
const saysNothing = ({ header, payload }: BufferedEvent): boolean =>
  (header.event_type === 'observation_update' || header.event_type === 'trace_update') &&
  payload === undefined &&
  Object.keys(header).every((field) => header[field] === undefined || ADDRESS_FIELDS.has(field));

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
  private readonly published = new PublishedStarts();

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
    return isJsonText(value) ? value : this.capture(value, part);
  }

  /**
   * Adds an event that the application publishes, or a graph's declaration.
   * @param fields header fields in snake_case, as on the wire
   * @param payloads values of any kind; undefined ones are left out
   */
  record(
    projectId: string,
    eventType: EventType,
    fields: { readonly [field: string]: unknown },
    payloads: Payloads = {},
  ): void {
    const header = { ...fields, event_type: eventType };
    const start = this.published.startOf(projectId, header);
    const added = this.recordOwn(projectId, header, payloads, start);
    if (added?.header.event_type === 'observation_start') this.published.add(added);
  }

  /**
   * The same with a header made for this event alone: it is not copied.
   * @param start of the observation that ends with it, if that may still wait
   * @returns the event; undefined where it was dropped
   */
  recordOwn(
    projectId: string,
    header: BufferedHeader,
    payloads: Payloads,
    start?: BufferedEvent,
  ): BufferedEvent | undefined {
    if (this.isRefused(projectId)) return undefined;
    try {
      const event = new BufferedEvent(projectId, header, this.makeSafe(header));
      this.addPayloads(event, payloads);
      return saysNothing(event) ? undefined : this.add(event, start);
    } catch {
      this.refuse(projectId, 'invalid');
      return undefined;
    }
  }

  /** The quick way, for a header of safe texts and one payload at most: what a traced function waits for. */
  recordTexts(
    projectId: string,
    header: TextsHeader,
    value: unknown,
    start?: BufferedEvent,
  ): BufferedEvent | undefined {
    if (this.isRefused(projectId)) return undefined;
    try {
      const payload = this.payload(header.payloadKind, value);
      const event = new BufferedEvent(projectId, header, TEXT_FIELDS_BYTES + header.namedChars, payload);
      if (payload !== undefined) addCuts(event, payload);
      return this.add(event, start);
    } catch {
      this.refuse(projectId, 'invalid');
      return undefined;
    }
  }

  /** Undefined where there is no value, or it is not captured. */
  private payload(kind: PayloadKind, value: unknown): EventPayload | undefined {
    if (value === undefined || !this.captures(kind)) return undefined;
    return new EventPayload(kind, isJsonText(value) ? value : this.capture(value, kind));
  }

  private capture(value: unknown, part: CapturedPart): JsonText {
    return capturing(() => this.options.capture.json(value, part));
  }

  private isRefused(projectId: string): boolean {
    const reason = this.options.refusal();
    if (reason !== undefined) this.refuse(projectId, reason);
    return reason !== undefined;
  }

  private add(event: BufferedEvent, start?: BufferedEvent): BufferedEvent | undefined {
    const { buffer, maxEventBytes, notify } = this.options;
    if (event.bytes * MAX_BYTES_PER_CHAR >= maxEventBytes) this.shrink(event);
    const isAdded = buffer.add(event, start);
    notify();
    return isAdded ? event : undefined;
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
    return capturing(() => safeHeaderValue(eventType, field, this.options.capture.headerValue(field, given)));
  }

  private addPayloads(event: BufferedEvent, values: Payloads): void {
    for (const kind of PAYLOAD_KINDS) {
      const payload = this.payload(kind, values[kind]);
      if (payload === undefined) continue;
      event.setPayloads(payload);
      addCuts(event, payload);
    }
  }

  /** Gives up the largest payloads until the event may travel. */
  private shrink(event: BufferedEvent): void {
    event.write();
    while (event.bytes > this.options.maxEventBytes) {
      const largest = largestOf(event);
      if (largest === undefined) break;
      const { kind, json } = largest;
      const mark = new JsonText(cutWhole(json.bytes));
      if (json.bytes <= mark.bytes) break;
      event.setPayloads(new EventPayload(kind, mark));
      event.addCuts([{ kind, path: '$', bytes: json.bytes }]);
    }
  }
}

function addCuts(event: BufferedEvent, first: EventPayload): void {
  for (let payload: EventPayload | undefined = first; payload !== undefined; payload = payload.next) {
    const { kind, json } = payload;
    if (json.cuts.length > 0) event.addCuts(listedCuts(kind, json.cuts));
  }
}

function largestOf(event: BufferedEvent): EventPayload | undefined {
  let largest = event.payload;
  for (let { payload } = event; payload !== undefined; payload = payload.next)
    if (largest === undefined || payload.json.bytes > largest.json.bytes) largest = payload;
  return largest;
}

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
