import { isUtf8 } from 'node:buffer';
import {
  type CallHandler,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import {
  type EncodableEvent,
  ENTRY_MAX_EVENTS,
  isPayloadKind,
  PAYLOAD_KINDS,
  type PayloadKind,
} from 'swisper-studio/contract';
import { invalidField } from '../../kernel/domain-error.ts';
import { isRecord } from '../../kernel/is-record.ts';
import { isValueDeeperThan } from '../../traces/index.ts';
import { SentJson } from './sent-json.ts';

/** An event with its payloads as bytes, views into the body it came in. */
export type SentEvent = EncodableEvent<Buffer>;

/** Deeper values cannot be written as JSON again; those beyond what an event may have are refused one by one. */
const WRITABLE_DEPTH = 1_000;

type PayloadTexts = Map<PayloadKind, Buffer>;

const eventsOf = new WeakMap<object, readonly SentEvent[]>();

/**
 * Takes the events out of a body before the rest is validated: their payloads keep the text they were sent as (big
 * numbers, key order, equal keys) and nobody walks through them.
 */
@Injectable()
export class SentEventsInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest & { rawBody?: Buffer }>();
    const { body, rawBody } = request;
    if (rawBody !== undefined && !isUtf8(rawBody)) throw invalidField('body', 'must be UTF-8');
    if (isRecord(body)) {
      eventsOf.set(request, sentEvents(body['events'], rawBody));
      delete body['events'];
    }
    return next.handle();
  }
}

/** The events of the request, ready for an entry, as a handler's parameter. */
export const SentEvents = createParamDecorator(
  (_: unknown, context: ExecutionContext): readonly SentEvent[] =>
    eventsOf.get(context.switchToHttp().getRequest<FastifyRequest>()) ?? [],
);

/**
 * @param events the body's `events`, parsed
 * @param body the text they were parsed from
 * @throws DomainError `invalid` naming `events` when they are no list, none or too many
 */
export function sentEvents(events: unknown, body: Buffer | undefined): SentEvent[] {
  if (!Array.isArray(events)) throw invalidField('events', 'must be a list');
  if (events.length === 0 || events.length > ENTRY_MAX_EVENTS)
    throw invalidField('events', `must be 1 to ${String(ENTRY_MAX_EVENTS)} events`);
  const texts = body === undefined ? [] : payloadTexts(body);
  return events.map((event: unknown, index) => {
    const sent = encodable(event, texts[index]);
    if (isValueDeeperThan(sent.header, WRITABLE_DEPTH))
      throw invalidField('events', `event ${String(index)} nests too deep to be read`);
    return sent;
  });
}

/** What is no object becomes a header that says so: it is refused like any other bad event, under its number. */
function encodable(event: unknown, texts: PayloadTexts | undefined): SentEvent {
  if (!isRecord(event)) return { header: { not_an_object: event }, payloads: [] };
  const payloads: [PayloadKind, Buffer][] = [];
  for (const kind of PAYLOAD_KINDS) {
    const value = event[kind] ?? null;
    if (value !== null) payloads.push([kind, texts?.get(kind) ?? Buffer.from(JSON.stringify(value))]);
  }
  const header: Record<string, unknown> = {};
  for (const name of Object.keys(event)) if (!isPayloadKind(name)) header[name] = event[name];
  return { header, payloads };
}

/** Payloads of each event as they stand in the body. Of equal keys the last counts, as for `JSON.parse`. */
function payloadTexts(body: Buffer): PayloadTexts[] {
  const json = new SentJson(body);
  let events: PayloadTexts[] = [];
  json.object((key) => {
    if (key !== 'events') return;
    events = [];
    json.list(() => events.push(payloadTextsAt(json)));
  });
  return events;
}

function payloadTextsAt(json: SentJson): PayloadTexts {
  const texts: PayloadTexts = new Map();
  json.object((key) => {
    if (isPayloadKind(key)) texts.set(key, json.value());
  });
  return texts;
}
