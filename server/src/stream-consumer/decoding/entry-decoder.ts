import { decodeEntry } from 'swisper-studio/contract';
import {
  clockShiftMs,
  type GraphEvent,
  isObservedId,
  isServerInstance,
  type MergeEvent,
  producerDigest,
  timeFromMs,
} from '../../traces/index.ts';
import { rawOfEntry, rawOfEvent, type RawBytes } from './raw-bytes.ts';
import { decodeEvent, type RawEvent } from './event-decoder.ts';
import { decodeGraph, isGraphEvent } from './graph-decoder.ts';
import type { EventSource } from './header-reader.ts';
import { Refusal, type RefusalReason } from './refusal.ts';
import { decodeSingleEntry } from './single-entry-decoder.ts';
import { receivedMsOf, type StreamEntry } from '../reading/stream-reader.ts';

/** Position of a refusal that is about the whole entry. */
export const WHOLE_ENTRY = -1;

/** An event ready to be stored, and what is kept of it should the database refuse it. */
export interface StorableEvent {
  readonly entryId: string;
  readonly index: number;
  readonly event: MergeEvent;
  readonly raw: () => RawBytes;
}

/** The same for what a graph declares. */
export interface StorableGraph {
  readonly entryId: string;
  readonly index: number;
  readonly graph: GraphEvent;
  readonly raw: () => RawBytes;
}

export interface RefusedEvent {
  readonly entryId: string;
  readonly index: number;
  readonly reason: RefusalReason;
  readonly detail: string;
  readonly raw: RawBytes;
}

export interface DecodedContent {
  /** The process that sent it; null for older SDKs and HTTP. */
  readonly instanceId: string | null;
  readonly events: readonly StorableEvent[];
  readonly graphs: readonly StorableGraph[];
  readonly refused: readonly RefusedEvent[];
}

const NO_MARKS: readonly string[] = [];
const NO_DIGEST = '0'.repeat(16);

/** Whose entry it is, as its admission found out. */
export interface EntryOrigin {
  readonly projectId: string;
  /** Whether a valid signature says so, a producer's or the server's own. */
  readonly isSigned: boolean;
  /** Signed by our own HTTP ingest: an instance of the server's own shape is no process of the project then. */
  readonly isFromServer: boolean;
}

/** Reads an admitted entry. Survives any bytes: a bad event is refused, its neighbours are not. */
export function decodeAdmitted(entry: StreamEntry, origin: EntryOrigin): DecodedContent {
  try {
    return entry.fields.has('v') ? decodeBatch(entry, origin) : decodeSingle(entry, origin);
  } catch (error) {
    const { reason, detail } = refusalOf(error);
    const refused = { entryId: entry.id, index: WHOLE_ENTRY, reason, detail, raw: rawOfEntry(entry) };
    return { instanceId: null, events: [], graphs: [], refused: [refused] };
  }
}

/** What an exception of the decoder is put down as. */
export function refusalOf(error: unknown): { reason: RefusalReason; detail: string } {
  if (error instanceof Refusal) return { reason: error.reason, detail: error.message };
  return { reason: 'decoder_failed', detail: String(error) };
}

/** Why the consumer would refuse an event; null when it would store it. */
export function refusalOfEvent(
  raw: RawEvent,
  source: EventSource,
): { reason: RefusalReason; detail: string } | null {
  try {
    if (isGraphEvent(raw)) decodeGraph(raw, source);
    else decodeEvent(raw, source);
    return null;
  } catch (error) {
    return refusalOf(error);
  }
}

function decodeBatch(entry: StreamEntry, origin: EntryOrigin): DecodedContent {
  const result = decodeEntry(entry.fields);
  if (!result.ok) throw new Refusal(result.reason, result.detail);
  const { instanceId, sentAt, seq, events } = result.entry;
  if (!isObservedId(instanceId))
    throw new Refusal('invalid_header', 'instance_id is not 1 to 200 printable characters');
  const source = batchSource({ instanceId, sentAt, seq }, origin, receivedMsOf(entry.id));
  const raws = events.map(({ header, payloads }, index) => ({
    header,
    payloads,
    seq: seq + index,
    marks: NO_MARKS,
  }));
  return { instanceId: source.instanceId, ...decodeAll(entry.id, raws, source) };
}

/** What the events of a batch have from it. */
function batchSource(
  { instanceId, sentAt, seq }: { instanceId: string; sentAt: Date; seq: number },
  { projectId, isSigned, isFromServer }: EntryOrigin,
  receivedMs: number,
): EventSource {
  const isOurs = isFromServer && isServerInstance(instanceId);
  return {
    projectId,
    isSigned,
    instanceId: isOurs ? null : instanceId,
    receivedMs,
    // Our own clock is taken for right; and a copy of our entry, put on the stream later, must not make times anew.
    shiftMs: isOurs ? 0 : clockShiftMs(sentAt.getTime(), receivedMs),
    fallbackTime: timeFromMs(sentAt.getTime()),
    producerDigest: isSigned && !isFromServer && seq > 0 ? producerDigest(instanceId) : null,
  };
}

/** The same for events that are judged and not stored: no time is spent on their digests. */
export function judgedSource(
  batch: { instanceId: string; sentAt: Date; seq: number },
  origin: EntryOrigin,
  receivedMs: number,
): EventSource {
  return { ...batchSource(batch, origin, receivedMs), producerDigest: NO_DIGEST };
}

function decodeSingle(entry: StreamEntry, origin: EntryOrigin): DecodedContent {
  const { event, publishedAt } = decodeSingleEntry(entry);
  const receivedMs = receivedMsOf(entry.id);
  const fallbackTime = publishedAt ?? timeFromMs(receivedMs);
  const source: EventSource = {
    projectId: origin.projectId,
    isSigned: origin.isSigned,
    instanceId: null,
    receivedMs,
    shiftMs: 0,
    fallbackTime,
    producerDigest: null,
  };
  return { instanceId: null, ...decodeAll(entry.id, [event], source) };
}

function decodeAll(
  entryId: string,
  raws: readonly RawEvent[],
  source: EventSource,
): Pick<DecodedContent, 'events' | 'graphs' | 'refused'> {
  const events: StorableEvent[] = [];
  const graphs: StorableGraph[] = [];
  const refused: RefusedEvent[] = [];
  raws.forEach((raw, index) => {
    try {
      const keep = (): RawBytes => rawOfEvent(raw, source);
      if (isGraphEvent(raw)) graphs.push({ entryId, index, graph: decodeGraph(raw, source), raw: keep });
      else events.push({ entryId, index, event: decodeEvent(raw, source), raw: keep });
    } catch (error) {
      refused.push({ entryId, index, ...refusalOf(error), raw: rawOfEvent(raw, source) });
    }
  });
  return { events, graphs, refused };
}
