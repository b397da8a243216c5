import { ENTRY_CLOSE_BYTES, EVENT_DEFAULT_MAX_BYTES } from 'swisper-studio/contract';
import type { LargeBody } from '../../http/json-body.ts';
import { DomainError, invalidField } from '../../kernel/domain-error.ts';
import { oversizeHeaderText } from '../decoding/oversize-header.ts';
import { type CutEvent, cutsOf, type Stretch } from './cut-events.ts';
import { isJsonText } from './json-syntax.ts';
import { keyHint, SentJson } from './sent-json.ts';

/**
 * What an event may take without its payloads: an SDK's whole entry. The nodes and edges of a declared graph are no
 * payload, so it may take the largest event an SDK sends by default.
 */
const EVENT_MAX_BYTES = ENTRY_CLOSE_BYTES;
const GRAPH_MAX_BYTES = EVENT_DEFAULT_MAX_BYTES;

/**
 * What a body may take without payloads: 20 KB for each of 100 events, which have under 1 KB as a rule, or a graph of the
 * largest size and 10 KB for each of the others. An SDK sends an eighth of it.
 */
const BESIDE_PAYLOADS_MAX_BYTES = 2 * EVENT_DEFAULT_MAX_BYTES;

/**
 * Values therein: 500 for each of 100 events, which have under 50 as a rule, or the 2,000 nodes and 10,000 edges that a
 * graph may have. Hostile ones take 5 µs each to parse.
 */
const BESIDE_PAYLOADS_MAX_VALUES = 50_000;

const EVENT_TYPE = 'event_type';
const EVENT_TYPE_HINT = new Set([keyHint(EVENT_TYPE)]);
const NO_PAYLOAD = Buffer.from('0');

/** What stands in a body in another's place. */
type Change = readonly [place: Stretch, text: Buffer];

/**
 * Reads a large body of events so that the time it takes depends on its size only, not on what is in it: payloads are
 * checked but not parsed, and of an event that is too large without them nothing is. Only what it is replaced by goes on,
 * so that it is refused like any other bad event and its neighbours are stored. In the value a 0 stands for each payload.
 * @throws DomainError `invalid` for what is no JSON; `too_large` for too much beside the payloads
 */
export function readLargeEvents(body: Buffer): LargeBody {
  const { bytes, cuts } = orNoJson(() => withoutOversize(body));
  const payloads = cuts.flatMap((cut) => [...cut.payloads.values()].sort(([one], [other]) => one - other));
  const rest = changed(
    bytes,
    payloads.map((place) => [place, NO_PAYLOAD]),
  );
  checkRest(rest);
  if (!payloads.every(([start, end]) => isJsonText(bytes.subarray(start, end)))) throw noJson();
  // Without a byte order mark.
  const value = orNoJson((): unknown => JSON.parse(new TextDecoder().decode(rest)));
  return { bytes, value };
}

function withoutOversize(body: Buffer): { bytes: Buffer; cuts: readonly CutEvent[] } {
  const cuts = cutsOf(body);
  const changes = cuts.flatMap((cut): Change[] => {
    const bytes = bytesBesidePayloads(cut);
    if (bytes <= EVENT_MAX_BYTES) return [];
    const event = body.subarray(...cut.whole);
    const most = isGraph(event) ? GRAPH_MAX_BYTES : EVENT_MAX_BYTES;
    return bytes <= most ? [] : [[cut.whole, Buffer.from(oversizeHeaderText(event, bytes, most))]];
  });
  if (changes.length === 0) return { bytes: body, cuts };
  const bytes = changed(body, changes);
  return { bytes, cuts: cutsOf(bytes) };
}

function bytesBesidePayloads({ whole: [start, end], payloads }: CutEvent): number {
  let bytes = end - start;
  for (const [from, to] of payloads.values()) bytes -= to - from;
  return bytes;
}

/** Reads nothing but the type. */
function isGraph(event: Buffer): boolean {
  const json = new SentJson(event);
  let isSaid = false;
  if (!json.isAtObject()) return false;
  json.enter();
  while (json.nextMember()) {
    const isType = json.mayBeKey(EVENT_TYPE_HINT) && json.key() === EVENT_TYPE;
    const start = json.at;
    json.skip();
    if (isType) isSaid = event.toString('latin1', start, json.at) === '"graph"';
  }
  return isSaid;
}

/** @param changes in order, none over another */
function changed(bytes: Buffer, changes: readonly Change[]): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (const [[start, end], text] of changes) {
    parts.push(bytes.subarray(at, start), text);
    at = end;
  }
  return Buffer.concat([...parts, bytes.subarray(at)]);
}

function checkRest(rest: Buffer): void {
  const most = String(BESIDE_PAYLOADS_MAX_BYTES);
  if (rest.length > BESIDE_PAYLOADS_MAX_BYTES)
    throw tooMuch(`take ${String(rest.length)} bytes, the limit is ${most}`);
  const values = new SentJson(rest).countCommas() + 1;
  if (values > BESIDE_PAYLOADS_MAX_VALUES)
    throw tooMuch(`have ${String(values)} values, the limit is ${String(BESIDE_PAYLOADS_MAX_VALUES)}`);
}

function tooMuch(problem: string): DomainError {
  const message = `events, without input, output, state_after, meta and error, ${problem}`;
  return new DomainError('too_large', message, { errors: [{ field: 'events', message }] });
}

/** The cutter reads keys that have escapes, and throws for bad ones. */
function orNoJson<T>(read: () => T): T {
  try {
    return read();
  } catch {
    throw noJson();
  }
}

const noJson = (): DomainError => invalidField('body', 'must be valid JSON');
