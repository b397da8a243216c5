import { isUtf8 } from 'node:buffer';
import { ENTRY_MAX_EVENTS, isPayloadKind, PAYLOAD_KINDS, type PayloadKind } from 'swisper-studio/contract';
import { invalidField } from '../../kernel/domain-error.ts';
import { isRecord } from '../../kernel/is-record.ts';
import { isValueDeeperThan } from '../../kernel/value-depth.ts';
import { SentJson } from './sent-json.ts';

/** What a request brought, parsed and as bytes. */
export interface SentBody {
  readonly body?: unknown;
  readonly rawBody?: Buffer;
}

/** An event as the consumer will read it. */
export interface SentEvent {
  readonly header: Readonly<Record<string, unknown>>;
  /** Bytes as sent, views into the body. */
  readonly payloads: readonly { kind: PayloadKind; bytes: Buffer }[];
}

/** The events of a body, read, and written as an entry carries them. */
export interface SentEvents {
  readonly events: readonly SentEvent[];
  readonly h: Buffer;
  readonly p: Buffer;
}

/** Deeper values are refused with the whole body; those beyond what an event may have are refused one by one. */
const READABLE_DEPTH = 1_000;

/** An event cut in two: the text of its header with the lengths of its payloads, and the payloads. */
type CutEvent = { readonly headerText: string; readonly payloads: SentEvent['payloads'] };

/**
 * Takes the events out of a request's body before the rest is validated. They are cut out as text: payloads and small
 * fields go on as they were sent (big numbers, key order), nothing is written anew, and nobody walks through payloads.
 * @throws DomainError `invalid` for a body that is not UTF-8, and naming `events` when they are no list, none, too many,
 *   or nest so deep that only an attack does
 */
export function takeSentEvents({ body, rawBody }: SentBody): SentEvents {
  if (rawBody !== undefined && !isUtf8(rawBody)) throw invalidField('body', 'must be UTF-8');
  if (rawBody === undefined || !isRecord(body)) return { events: [], h: NOTHING, p: NOTHING };
  checkList(body['events']);
  delete body['events'];
  const cuts = cutEvents(rawBody);
  const text = `[${cuts.map(({ headerText }) => headerText).join(',')}]`;
  const headers: unknown = JSON.parse(text);
  const events = cuts.map(({ payloads }, index) => ({ header: headerAt(headers, index), payloads }));
  const p = Buffer.concat(cuts.flatMap(({ payloads }) => payloads.map(({ bytes }) => bytes)));
  return { events, h: Buffer.from(text), p };
}

const NOTHING = Buffer.alloc(0);

function checkList(events: unknown): void {
  if (!Array.isArray(events)) throw invalidField('events', 'must be a list');
  if (events.length === 0 || events.length > ENTRY_MAX_EVENTS)
    throw invalidField('events', `must be 1 to ${String(ENTRY_MAX_EVENTS)} events`);
}

function headerAt(headers: unknown, index: number): SentEvent['header'] {
  const header: unknown = Array.isArray(headers) ? headers[index] : undefined;
  if (!isRecord(header)) throw new Error('An event was not cut where it ends');
  if (isValueDeeperThan(header, READABLE_DEPTH))
    throw invalidField('events', `event ${String(index)} nests too deep to be read`);
  return header;
}

/** Of equal keys the last counts, as for `JSON.parse`. */
function cutEvents(body: Buffer): CutEvent[] {
  const json = new SentJson(body);
  let events: CutEvent[] = [];
  json.object((key) => {
    if (key !== 'events') return;
    events = [];
    json.list(() => events.push(cutEvent(json)));
  });
  return events;
}

/** What is no object becomes a header that says so: it is refused like any other bad event, under its number. */
function cutEvent(json: SentJson): CutEvent {
  if (!json.isAtObject()) {
    return { headerText: `{"not_an_object":${json.value().toString('utf8')},"pl":[]}`, payloads: [] };
  }
  const found = new Map<PayloadKind, Buffer>();
  const rest = json.objectWithout(isTaken, (key) => {
    const bytes = json.value();
    if (isPayloadKind(key)) found.set(key, bytes);
  });
  const payloads: SentEvent['payloads'][number][] = [];
  for (const kind of PAYLOAD_KINDS) {
    const bytes = found.get(kind);
    if (bytes !== undefined && !isNull(bytes)) payloads.push({ kind, bytes });
  }
  return { headerText: `{${rest}"pl":[${payloads.map(lengthText).join(',')}]}`, payloads };
}

function lengthText({ kind, bytes }: SentEvent['payloads'][number]): string {
  return `["${kind}",${String(bytes.length)}]`;
}

/** Payloads travel beside the header, and `pl` is the entry's. */
const isTaken = (key: string): boolean => key === 'pl' || isPayloadKind(key);

const isNull = (bytes: Buffer): boolean => bytes.length === 4 && bytes.toString('latin1') === 'null';
