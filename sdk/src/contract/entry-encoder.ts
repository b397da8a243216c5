import { EntryBody } from './entry-body.ts';
import { ENTRY_ENCODING, ENTRY_VERSION } from './entry-codec.ts';
import { type PayloadKind, type PayloadLength, type ProducerCounters } from './events.ts';
import { type EntryField, signFields } from './signing.ts';

/** A payload as JSON text; `bytes` says how many it has in UTF-8 (not its `length`), where that is known. */
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
  /** Time of the first attempt; where minutes went by since, of a later one. */
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

/** Room a header takes, about. */
const HEADER_BYTES = 512;

/**
 * The field/value list of one entry, ready for XADD: `['v', '1', 'enc', 'json', …]` in the order of `ENTRY_FIELDS`
 * (`key_id` and `sig` with a signer only). `h` and `p` are Buffers, so the same entry is the same bytes.
 * @throws RangeError where a payload has not the `bytes` it was said to have
 */
export function encodeEntry(entry: EncodableEntry, signer?: EntrySigner): (string | Buffer)[] {
  const events = entry.events.map(({ header, payloads }) => ({
    header,
    payloads: payloads.map(([kind, text, bytes = Buffer.byteLength(text)]) => ({ kind, text, bytes })),
  }));
  const sizes = events.flatMap(({ payloads }) => payloads.map(({ bytes }) => bytes));
  const size = sizes.reduce((sum, bytes) => sum + bytes, events.length * HEADER_BYTES);
  const body = new EntryBody(Buffer.allocUnsafe(size));
  for (const { header, payloads } of events) {
    for (const { text, bytes } of payloads) body.addPayload(text, bytes);
    const pl = payloads.map(({ kind, bytes }): PayloadLength => [kind, bytes]);
    body.addHeader({ ...header, pl });
  }
  return encodeWrittenEntry({ ...entry, ...body.written() }, signer);
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
