import { isUtf8 } from 'node:buffer';
import { ENTRY_MAX_EVENTS } from 'swisper-studio/contract';
import { invalidField } from '../../kernel/domain-error.ts';
import { isRecord } from '../../kernel/is-record.ts';
import { isValueDeeperThan } from '../../kernel/value-depth.ts';
import { cutEvents, type SentPayload, TAKEN_MEMBERS } from './cut-events.ts';

/** What a request brought, parsed and as bytes. */
export interface SentBody {
  readonly body?: unknown;
  readonly rawBody?: Buffer;
}

/** An event as the consumer will read it. */
export interface SentEvent {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payloads: readonly SentPayload[];
}

/** The events of a body, read, and written as an entry carries them. */
export interface SentEvents {
  readonly events: readonly SentEvent[];
  readonly h: Buffer;
  readonly p: Buffer;
}

/** Deeper values are refused with the whole body; those beyond what an event may have are refused one by one. */
const READABLE_DEPTH = 1_000;

const NOTHING = Buffer.alloc(0);

/**
 * Takes the events out of a request's body before the rest is validated. Nothing of them is written anew, and nobody
 * walks through payloads.
 * @throws DomainError `invalid` for a body that is not UTF-8, and naming `events` when they are no list, none, too many,
 *   or nest so deep that only an attack does
 */
export function takeSentEvents({ body, rawBody }: SentBody): SentEvents {
  if (rawBody !== undefined && !isUtf8(rawBody)) throw invalidField('body', 'must be UTF-8');
  if (rawBody === undefined || !isRecord(body)) return { events: [], h: NOTHING, p: NOTHING };
  const headers = takeList(body).map(headerOf);
  const { h, p, payloads } = cutEvents(rawBody);
  if (payloads.length !== headers.length) throw new Error('The events were not cut where they end');
  return { events: headers.map((header, at) => ({ header, payloads: payloads[at] ?? [] })), h, p };
}

function takeList(body: Record<string, unknown>): unknown[] {
  const list: unknown = body['events'];
  if (!Array.isArray(list)) throw invalidField('events', 'must be a list');
  if (list.length === 0 || list.length > ENTRY_MAX_EVENTS)
    throw invalidField('events', `must be 1 to ${String(ENTRY_MAX_EVENTS)} events`);
  body['events'] = undefined;
  return list;
}

function headerOf(event: unknown, index: number): SentEvent['header'] {
  const header = isRecord(event) ? event : { not_an_object: event };
  // Taken out of the shape an object has, they would make it slow.
  for (const member of TAKEN_MEMBERS) if (header[member] !== undefined) header[member] = undefined;
  if (isValueDeeperThan(header, READABLE_DEPTH))
    throw invalidField('events', `event ${String(index)} nests too deep to be read`);
  return header;
}
