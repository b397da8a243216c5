import {
  type Cut,
  type DropReason,
  type EventType,
  ID_MAX_CHARS,
  type Level,
  type PayloadKind,
} from './contract/index.ts';
import {
  type BufferedEvent,
  type BufferedHeader,
  type BufferedPayload,
  bytesOf,
  type EventBuffer,
} from './event-buffer.ts';
import { reasonOf } from './log.ts';
import { quietly } from './quietly.ts';
import { JsonText } from './json-text.ts';
import { type CapturedPart, type PayloadCapture } from './payload-capture.ts';
import { cutWhole, headerJson, headerText, listedCuts } from './serialize.ts';

const MAX_NAME_CHARS = 500;
const MAX_MESSAGE_CHARS = 2000;
const MAX_HEADER_JSON_BYTES = 16 * 1024;
/** A declared graph's nodes or edges, all of which travel in the header. */
const MAX_GRAPH_JSON_BYTES = 1024 * 1024;
const MAX_HEADER_FIELDS = 64;

export type Payloads = { [kind in PayloadKind]?: unknown };

export interface RecorderOptions {
  capture: PayloadCapture;
  maxEventBytes: number;
  buffer: EventBuffer;
  /** Why nothing may be added now: Redis must not be filled further, or all was sent and closed. */
  refusal: () => DropReason | undefined;
  notify: () => void;
}

const charsOf = (field: string): number => {
  if (field === 'status_message') return MAX_MESSAGE_CHARS;
  return field.endsWith('_id') ? ID_MAX_CHARS : MAX_NAME_CHARS;
};

const ADDRESS_FIELDS = new Set(['event_type', 'trace_id', 'observation_id', 'timestamp']);

/** An update of which nothing is left, because what it says is not captured. */
const saysNothing = ({ header, payloads }: BufferedEvent): boolean =>
  payloads.length === 0 &&
  header.event_type.endsWith('_update') &&
  Object.keys(header).every((field) => ADDRESS_FIELDS.has(field));

/** Written by the recorder itself. */
const isOwnField = (field: string): boolean => field === 'event_type' || field === 'pl' || field === 'cuts';

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
    return this.captures(part) ? this.options.capture.json(value, part) : undefined;
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
    const { buffer, refusal, notify } = this.options;
    const reason = refusal();
    if (reason !== undefined) {
      this.refuse(projectId, reason);
      return;
    }
    try {
      const event = this.eventOf(projectId, this.headerOf(eventType, fields), payloads);
      if (saysNothing(event)) return;
      buffer.add(event);
      notify();
    } catch {
      this.refuse(projectId, 'invalid');
    }
  }

  /** Counts an event that cannot be sent. */
  refuse(projectId: string, reason: DropReason): void {
    this.options.buffer.refuse(projectId, reason);
  }

  /** A header of small, safe values whatever was given; undefined and null fields are left out. */
  private headerOf(event_type: EventType, fields: { readonly [field: string]: unknown }): BufferedHeader {
    const header: BufferedHeader = { event_type };
    const maxJsonBytes = event_type === 'graph' ? MAX_GRAPH_JSON_BYTES : MAX_HEADER_JSON_BYTES;
    let count = 0;
    for (const field of Object.keys(fields)) {
      const given = fields[field];
      if (given === undefined || given === null || isOwnField(field)) continue;
      count += 1;
      if (count > MAX_HEADER_FIELDS) break;
      const value = this.options.capture.headerValue(field, given);
      if (typeof value === 'string') header[field] = headerText(value, charsOf(field));
      else if (typeof value === 'boolean' || Number.isFinite(value)) header[field] = value;
      else header[field] = headerJson(value, maxJsonBytes);
    }
    return header;
  }

  private eventOf(projectId: string, header: BufferedHeader, values: Payloads): BufferedEvent {
    const cuts: Cut[] = [];
    const payloads: BufferedPayload[] = [];
    for (const kind of payloadKinds(values)) {
      if (!this.captures(kind)) continue;
      const json = this.payloadOf(values[kind], kind);
      payloads.push({ kind, text: json.text, bytes: json.bytes });
      cuts.push(...listedCuts(kind, json.cuts));
    }
    if (cuts.length > 0) header.cuts = cuts;
    const event = { projectId, header, payloads };
    this.shrink(event);
    return event;
  }

  private payloadOf(value: unknown, kind: PayloadKind): JsonText {
    // A proxy may throw when it is asked what it is.
    const made = quietly(() => (value instanceof JsonText ? value : undefined));
    return made ?? this.options.capture.json(value, kind);
  }

  /** Gives up the largest payloads until the event may travel. */
  private shrink(event: BufferedEvent): void {
    while (bytesOf(event) > this.options.maxEventBytes) {
      const largest = event.payloads.reduce<BufferedPayload | undefined>(
        (most, each) => (most === undefined || each.bytes > most.bytes ? each : most),
        undefined,
      );
      const mark = cutWhole(largest?.bytes ?? null);
      if (largest === undefined || largest.bytes <= mark.bytes) return;
      event.header.cuts = [
        ...(event.header.cuts ?? []),
        { kind: largest.kind, path: '$', bytes: largest.bytes },
      ];
      largest.text = mark.text;
      largest.bytes = mark.bytes;
    }
  }
}

const ORDER: readonly PayloadKind[] = ['input', 'output', 'state_after', 'meta', 'error'];

const payloadKinds = (values: Payloads): PayloadKind[] => ORDER.filter((kind) => values[kind] !== undefined);

/** What an error says about itself, for `observation_error` and `trace_end`. */
export function errorFields(error: unknown): { level: Level; status_message: string } {
  const name = quietly(() => (error instanceof Error && error.message === '' ? error.name : undefined));
  return { level: 'ERROR', status_message: name ?? reasonOf(error) };
}
