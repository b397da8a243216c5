import {
  isPayloadKind,
  type JsonObject,
  type PayloadKind,
  type PayloadLength,
  type ProducerCounters,
} from './events.ts';
import { ENTRY_MAX_BYTES, ENTRY_MAX_EVENTS, ID_MAX_CHARS } from './limits.ts';

/** Fields of a batch entry in the order they are written and signed. */
export const ENTRY_FIELDS = [
  'v',
  'enc',
  'project_id',
  'instance_id',
  'seq',
  'n',
  'counters',
  'sent_at',
  'h',
  'p',
  'key_id',
  'sig',
] as const;

export const ENTRY_VERSION = '1';
export const ENTRY_ENCODING = 'json';

export interface DecodedPayload {
  kind: PayloadKind;
  /** JSON text as sent: neither parsed nor checked. */
  bytes: Buffer;
}

export interface DecodedEvent {
  /** As sent, without `pl`; its fields are not checked beyond being a JSON object. */
  header: Record<string, unknown>;
  payloads: DecodedPayload[];
}

export interface DecodedEntry {
  projectId: string;
  instanceId: string;
  seq: number;
  n: number;
  counters: ProducerCounters;
  sentAt: Date;
  events: DecodedEvent[];
}

export type DecodeFailureReason =
  'unknown_version' | 'unknown_encoding' | 'bad_lengths' | 'invalid_header' | 'oversize' | 'missing_project';

export type DecodeResult =
  { ok: true; entry: DecodedEntry } | { ok: false; reason: DecodeFailureReason; detail: string };

class Refusal extends Error {
  readonly reason: DecodeFailureReason;
  constructor(reason: DecodeFailureReason, detail: string) {
    super(detail);
    this.reason = reason;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function textOf(fields: ReadonlyMap<string, Buffer>, name: string): string {
  const bytes = fields.get(name);
  if (bytes === undefined) throw new Refusal('invalid_header', `${name} is missing`);
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Refusal('invalid_header', `${name} is not UTF-8`);
  }
}

function jsonOf(fields: ReadonlyMap<string, Buffer>, name: string): unknown {
  const text = textOf(fields, name);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Refusal('invalid_header', `${name} is not JSON`);
  }
}

function countOf(fields: ReadonlyMap<string, Buffer>, name: string): number {
  const text = textOf(fields, name);
  const value = Number(text);
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(value)) {
    throw new Refusal('invalid_header', `${name} is not a count`);
  }
  return value;
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/** Counters of an older or newer SDK may lack some: absent or odd numbers count as 0. */
function countersOf(value: unknown): ProducerCounters {
  if (!isObject(value)) throw new Refusal('invalid_header', 'counters is not an object');
  const count = (item: unknown): number => (isCount(item) ? item : 0);
  const given = isObject(value['dropped']) ? Object.entries(value['dropped']) : [];
  const dropped = Object.fromEntries(given.filter(([, item]) => isCount(item)).slice(0, 50)) as Record<
    string,
    number
  >;
  return {
    accepted: count(value['accepted']),
    merged: count(value['merged']),
    dropped,
    config_version: count(value['config_version']),
  };
}

const SENT_AT = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:\d{2})?$/i;

/** RFC 3339; without an offset it is UTC, wherever the server runs. */
function sentAtOf(fields: ReadonlyMap<string, Buffer>): Date {
  const [, day = '', time = '', offset = 'Z'] = SENT_AT.exec(textOf(fields, 'sent_at')) ?? [];
  const midnight = new Date(`${day}T00:00:00Z`);
  const sentAt = new Date(`${day}T${time}${offset.toUpperCase()}`);
  // `Date` takes the 30th of February for the 2nd of March.
  const isDay = !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
  if (!isDay || Number.isNaN(sentAt.getTime())) throw new Refusal('invalid_header', 'sent_at is not a time');
  return sentAt;
}

const isPayloadLength = (value: unknown): value is PayloadLength =>
  Array.isArray(value) && value.length === 2 && isPayloadKind(value[0]) && isCount(value[1]);

const NO_LENGTHS: readonly unknown[] = [];

/** What `pl` says of one event. */
function lengthsOf(header: JsonObject, index: number): readonly PayloadLength[] {
  const given: unknown = header['pl'] ?? NO_LENGTHS;
  if (!Array.isArray(given))
    throw new Refusal('invalid_header', `pl of event ${String(index)} is not a list`);
  const isGood = given.every((item, at) => isPayloadLength(item) && !hasKind(given, item[0], at));
  if (isGood) return given as readonly PayloadLength[];
  throw new Refusal(
    'invalid_header',
    `pl of event ${String(index)} is not a list of distinct [kind, length]`,
  );
}

/** Whether one of the first `end` items is of that kind. */
function hasKind(items: readonly unknown[], kind: PayloadKind, end: number): boolean {
  for (let at = 0; at < end; at++) {
    const item = items[at];
    if (isPayloadLength(item) && item[0] === kind) return true;
  }
  return false;
}

function headersOf(fields: ReadonlyMap<string, Buffer>, n: number): JsonObject[] {
  if (n < 1 || n > ENTRY_MAX_EVENTS)
    throw new Refusal('invalid_header', `n is not 1 to ${String(ENTRY_MAX_EVENTS)}`);
  const headers = jsonOf(fields, 'h');
  if (!Array.isArray(headers) || headers.length !== n) {
    throw new Refusal('invalid_header', 'h is not a list of n headers');
  }
  if (!headers.every(isObject)) throw new Refusal('invalid_header', 'h holds something that is no object');
  return headers;
}

function eventsOf(headers: readonly JsonObject[], payloadBytes: Buffer): DecodedEvent[] {
  let offset = 0;
  const events = headers.map((header, index) => {
    const payloads = lengthsOf(header, index).map(([kind, length]) => {
      const bytes = payloadBytes.subarray(offset, offset + length);
      offset += length;
      return { kind, bytes };
    });
    // Neither `delete`, which makes every later look at the header slow, nor a copy.
    if ('pl' in header) header['pl'] = undefined;
    return { header, payloads };
  });
  if (offset !== payloadBytes.length) {
    throw new Refusal(
      'bad_lengths',
      `payload lengths sum to ${String(offset)}, p has ${String(payloadBytes.length)} bytes`,
    );
  }
  return events;
}

function checkEnvelope(fields: ReadonlyMap<string, Buffer>): void {
  const version = fields.get('v')?.toString('latin1') ?? '';
  if (version !== ENTRY_VERSION)
    throw new Refusal('unknown_version', `v is ${JSON.stringify(version.slice(0, 40))}`);
  const encoding = fields.get('enc')?.toString('latin1') ?? '';
  if (encoding !== ENTRY_ENCODING)
    throw new Refusal('unknown_encoding', `enc is ${JSON.stringify(encoding.slice(0, 40))}`);
  let size = 0;
  for (const [name, value] of fields) size += Buffer.byteLength(name) + value.length;
  if (size > ENTRY_MAX_BYTES) throw new Refusal('oversize', `${String(size)} bytes`);
  if ((fields.get('project_id')?.length ?? 0) === 0)
    throw new Refusal('missing_project', 'project_id is missing');
}

function readEntry(fields: ReadonlyMap<string, Buffer>): DecodedEntry {
  checkEnvelope(fields);
  const instanceId = textOf(fields, 'instance_id');
  if (instanceId === '' || instanceId.length > ID_MAX_CHARS)
    throw new Refusal('invalid_header', 'instance_id is not an id');
  const seq = countOf(fields, 'seq');
  const n = countOf(fields, 'n');
  if (!Number.isSafeInteger(seq + n)) throw new Refusal('invalid_header', 'seq is too large');
  return {
    projectId: textOf(fields, 'project_id'),
    instanceId,
    seq,
    n,
    counters: countersOf(jsonOf(fields, 'counters')),
    sentAt: sentAtOf(fields),
    events: eventsOf(headersOf(fields, n), fields.get('p') ?? Buffer.alloc(0)),
  };
}

/**
 * Reads a batch entry. Survives any bytes: what cannot be read is a reason, never an exception. Payloads are views
 * into `p`, not copies.
 */
export function decodeEntry(fields: ReadonlyMap<string, Buffer>): DecodeResult {
  try {
    return { ok: true, entry: readEntry(fields) };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, reason: error.reason, detail: error.message };
    return { ok: false, reason: 'invalid_header', detail: String(error) };
  }
}
