import { ENTRY_MAX_EVENTS, isPayloadKind, PAYLOAD_KINDS, type PayloadKind } from 'swisper-studio/contract';
import { keyHint, SentJson } from './sent-json.ts';

/** Start and end, as places of bytes. */
export type Stretch = readonly [start: number, end: number];

/** Where an event and its parts stand in a body. */
export interface CutEvent {
  readonly isObject: boolean;
  readonly whole: Stretch;
  /** Members of the header, those next to each other as one; of what is no object, its text. */
  readonly header: readonly Stretch[];
  readonly payloads: ReadonlyMap<PayloadKind, Stretch>;
}

/** Bytes of one payload, as sent. */
export interface SentPayload {
  readonly kind: PayloadKind;
  readonly bytes: Buffer;
}

/** The events of a body as an entry carries them (`h` and `p`), and the payloads of each, as views of `p`. */
export interface CutEvents {
  readonly h: Buffer;
  readonly p: Buffer;
  readonly payloads: readonly (readonly SentPayload[])[];
}

/** Payloads travel beside the header, and `pl` is the entry's. */
export const TAKEN_MEMBERS = [...PAYLOAD_KINDS, 'pl'] as const;

const TAKEN = new Set<string>(TAKEN_MEMBERS);
const TAKEN_HINTS = new Set(TAKEN_MEMBERS.map(keyHint));
const EVENTS = 'events';
const EVENTS_HINT = new Set([keyHint(EVENTS)]);

const COMMA = 0x2c;

/** Most that is written of an event beside the members of its header. */
const FRAME_BYTES = 256;

/**
 * Cuts the events out of a body that is known to be valid JSON. Their text goes on as it was sent (big numbers, key
 * order); of equal keys the last counts, as for `JSON.parse`.
 */
export function cutEvents(body: Buffer): CutEvents {
  const cuts = cutsOf(body);
  const p = Buffer.allocUnsafe(cuts.reduce((sum, { payloads }) => sum + bytesOf(payloads.values()), 0));
  const payloads = copyPayloads(body, cuts, p);
  return { h: headersText(body, cuts, payloads), p, payloads };
}

/**
 * Where the events of a body stand, and their parts; of more events than there may be, one more than that. Of what is no
 * valid JSON the places mean nothing, but they are in order and do not overlap.
 */
export function cutsOf(body: Buffer): readonly CutEvent[] {
  const cuts = knownCuts.get(body) ?? findCuts(body);
  knownCuts.set(body, cuts);
  return cuts;
}

/** Large bodies are cut before they are parsed, and then once more. */
const knownCuts = new WeakMap<Buffer, readonly CutEvent[]>();

function findCuts(body: Buffer): CutEvent[] {
  const json = new SentJson(body);
  let cuts: CutEvent[] = [];
  if (!json.isAtObject()) return cuts;
  json.enter();
  while (json.nextMember()) {
    if (!json.mayBeKey(EVENTS_HINT) || json.key() !== EVENTS || !json.isAtList()) json.skip();
    else cuts = cutList(json, body);
  }
  return cuts;
}

function cutList(json: SentJson, body: Buffer): CutEvent[] {
  const cuts: CutEvent[] = [];
  json.enter();
  while (json.nextItem()) {
    if (cuts.length > ENTRY_MAX_EVENTS) json.skip();
    else cuts.push(cutEvent(json, body));
  }
  return cuts;
}

function cutEvent(json: SentJson, body: Buffer): CutEvent {
  const from = json.at;
  if (!json.isAtObject()) {
    const whole = skipped(json);
    return { isObject: false, whole, header: [whole], payloads: new Map() };
  }
  const parts = cutMembers(json, body);
  return { isObject: true, whole: [from, json.at], ...parts };
}

function cutMembers(json: SentJson, body: Buffer): Pick<CutEvent, 'header' | 'payloads'> {
  const header: Stretch[] = [];
  const payloads = new Map<PayloadKind, Stretch>();
  let start = -1;
  let end = 0;
  json.enter();
  while (json.nextMember()) {
    const key = json.mayBeKey(TAKEN_HINTS) ? json.key() : '';
    if (!TAKEN.has(key)) {
      if (start === -1) start = json.keyStart;
      json.skip();
      end = json.at;
      continue;
    }
    if (start !== -1) header.push([start, end]);
    start = -1;
    const stretch = skipped(json);
    if (!isPayloadKind(key)) continue;
    if (isNull(body, stretch)) payloads.delete(key);
    else payloads.set(key, stretch);
  }
  if (start !== -1) header.push([start, end]);
  return { header, payloads };
}

function skipped(json: SentJson): Stretch {
  const start = json.at;
  json.skip();
  return [start, json.at];
}

const isNull = (body: Buffer, [start, end]: Stretch): boolean =>
  end - start === 4 && body.toString('latin1', start, end) === 'null';

function copyPayloads(body: Buffer, cuts: readonly CutEvent[], p: Buffer): SentPayload[][] {
  let at = 0;
  return cuts.map(({ payloads }) => {
    const sent: SentPayload[] = [];
    for (const kind of PAYLOAD_KINDS) {
      const stretch = payloads.get(kind);
      if (stretch === undefined) continue;
      const start = at;
      at += body.copy(p, start, stretch[0], stretch[1]);
      sent.push({ kind, bytes: p.subarray(start, at) });
    }
    return sent;
  });
}

/** What is no object becomes a header that says so: it is refused like any other bad event, under its number. */
function headersText(body: Buffer, cuts: readonly CutEvent[], payloads: CutEvents['payloads']): Buffer {
  const most = cuts.reduce((sum, { header }) => sum + bytesOf(header) + header.length + FRAME_BYTES, 2);
  const h = Buffer.allocUnsafe(most);
  let at = 0;
  let before = '[{';
  cuts.forEach(({ isObject, header }, index) => {
    at += h.write(isObject ? before : `${before}"not_an_object":`, at, 'latin1');
    for (const [start, end] of header) {
      at += body.copy(h, at, start, end);
      h[at++] = COMMA;
    }
    before = `"pl":[${(payloads[index] ?? []).map(lengthText).join(',')}]},{`;
  });
  at += h.write(cuts.length === 0 ? '[]' : `${before.slice(0, -2)}]`, at, 'latin1');
  return h.subarray(0, at);
}

const lengthText = ({ kind, bytes }: SentPayload): string => `["${kind}",${String(bytes.length)}]`;

function bytesOf(stretches: Iterable<Stretch>): number {
  let bytes = 0;
  for (const [start, end] of stretches) bytes += end - start;
  return bytes;
}
