import { ENTRY_ENCODING, ENTRY_VERSION } from './entry-codec.ts';
import { type PayloadKind, type ProducerCounters } from './events.ts';
import { type EntryField, signFields } from './signing.ts';

/** A payload as JSON text; `bytes` says how many it has in UTF-8, where that is known. */
export type EncodablePayload = readonly [kind: PayloadKind, jsonText: string, bytes?: number];

/** An event ready for an entry: header without `pl`. */
export interface EncodableEvent {
  header: object;
  payloads: readonly EncodablePayload[];
}

/** What an entry says of itself, beside its events. */
export interface EntryEnvelope {
  projectId: string;
  instanceId: string;
  /** Number of the first event; event `i` of the entry has the number `seq + i`. */
  seq: number;
  counters: ProducerCounters;
  /** Time of the first attempt. */
  sentAt: Date;
}

export interface EncodableEntry extends EntryEnvelope {
  events: readonly EncodableEvent[];
}

/** An entry whose events are bytes already: their number, headers (a JSON array, each with its `pl`) and payloads. */
export interface WrittenEntry extends EntryEnvelope {
  n: number;
  h: Buffer;
  p: Buffer;
}

/** What signs an entry; absent in programs without an API key. */
export interface EntrySigner {
  keyId: string;
  streamName: string;
  signingKey: Buffer;
}

/** Memory for the bytes of an entry; what it holds does not matter. */
export type Allocate = (bytes: number) => Buffer;

/**
 * The field/value list of one entry, ready for XADD: `['v', '1', 'enc', 'json', …]` in the order of `ENTRY_FIELDS`
 * (`key_id` and `sig` with a signer only). `h` and `p` are Buffers, so a resend is byte-identical.
 * @param allocate gives the memory of both, all at once
 */
export function encodeEntry(
  entry: EncodableEntry,
  signer?: EntrySigner,
  allocate: Allocate = (bytes) => Buffer.allocUnsafe(bytes),
): (string | Buffer)[] {
  const pieces: Piece[] = [];
  const headers = entry.events.map((event) => headerOf(event, pieces));
  const text = JSON.stringify(headers);
  const header = { text, bytes: Buffer.byteLength(text) };
  const memory = allocate(pieces.reduce((sum, { bytes }) => sum + bytes, header.bytes));
  writePieces(memory, [header, ...pieces]);
  const h = memory.subarray(0, header.bytes);
  const p = memory.subarray(header.bytes);
  return encodeWrittenEntry({ ...entry, n: entry.events.length, h, p }, signer);
}

/** The same for events that are written already. */
export function encodeWrittenEntry(entry: WrittenEntry, signer?: EntrySigner): (string | Buffer)[] {
  const fields: EntryField[] = [
    ['v', ENTRY_VERSION],
    ['enc', ENTRY_ENCODING],
    ['project_id', entry.projectId],
    ['instance_id', entry.instanceId],
    ['seq', String(entry.seq)],
    ['n', String(entry.n)],
    ['counters', JSON.stringify(entry.counters)],
    ['sent_at', entry.sentAt.toISOString()],
    ['h', entry.h],
    ['p', entry.p],
  ];
  if (signer !== undefined) {
    fields.push(['key_id', signer.keyId]);
    fields.push(['sig', signFields(signer.streamName, fields, signer.signingKey)]);
  }
  return fields.flat();
}

interface Piece {
  readonly text: string;
  readonly bytes: number;
}

/** A header with its `pl`; its payloads are added to `pieces`. */
function headerOf({ header, payloads }: EncodableEvent, pieces: Piece[]): object {
  const pl: [PayloadKind, number][] = [];
  for (const [kind, text, bytes = Buffer.byteLength(text)] of payloads) {
    pieces.push({ text, bytes });
    pl.push([kind, bytes]);
  }
  return { ...header, pl };
}

/** Text by text: joined first, one character beyond Latin-1 would make the engine take the slow way for all of them. */
function writePieces(memory: Buffer, pieces: readonly Piece[]): void {
  let at = 0;
  for (const { text, bytes } of pieces) {
    // As many bytes as characters: plain ASCII, which is the same in Latin-1.
    const written = memory.write(text, at, bytes === text.length ? 'latin1' : 'utf8');
    // What was not written would be whatever the memory held before.
    if (written !== bytes) throw new RangeError('a payload has not the bytes it was said to have');
    at += bytes;
  }
}
