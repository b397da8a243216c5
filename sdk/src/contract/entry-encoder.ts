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

/** An entry whose events write themselves, in the order of their numbers. */
export interface EntryOfWriters extends EntryEnvelope {
  events: readonly { writeTo: (entry: EntryBody) => void }[];
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
  allocate?: Allocate,
): (string | Buffer)[] {
  const events = entry.events.map((event) => ({
    writeTo: (body: EntryBody) => writeEvent(event, body),
  }));
  return encodeWriters({ ...entry, events }, signer, allocate);
}

function writeEvent({ header, payloads }: EncodableEvent, body: EntryBody): void {
  const pl: PayloadLength[] = [];
  for (const [kind, text, bytes = Buffer.byteLength(text)] of payloads) {
    pl.push([kind, bytes]);
    body.addPayload(text, bytes);
  }
  body.addHeader({ ...header, pl });
}

/** The same for events that write themselves. */
export function encodeWriters(
  entry: EntryOfWriters,
  signer?: EntrySigner,
  allocate: Allocate = (bytes) => Buffer.allocUnsafe(bytes),
): (string | Buffer)[] {
  const body = new EntryBody();
  for (const event of entry.events) event.writeTo(body);
  return encodeWrittenEntry({ ...entry, ...body.written(allocate) }, signer);
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

/** What a header's `pl` says of each payload, in their order: kind and UTF-8 bytes. */
export type PayloadLength = readonly [kind: PayloadKind, bytes: number];

/** The events of one entry, put together one by one. */
export class EntryBody {
  private readonly headers: object[] = [];
  private readonly texts: string[] = [];
  private readonly sizes: number[] = [];
  private payloadBytes = 0;

  /** The next event's. @param header with its `pl` */
  addHeader(header: object): void {
    this.headers.push(header);
  }

  /** The next payload. @param bytes of the text in UTF-8 */
  addPayload(text: string, bytes: number): void {
    this.texts.push(text);
    this.sizes.push(bytes);
    this.payloadBytes += bytes;
  }

  /** @param allocate gives the memory of `h` and `p`, at once */
  written(allocate: Allocate): Pick<WrittenEntry, 'n' | 'h' | 'p'> {
    const headers = JSON.stringify(this.headers);
    const headerBytes = Buffer.byteLength(headers);
    const memory = allocate(headerBytes + this.payloadBytes);
    writeText(memory, headers, 0, headerBytes);
    let at = headerBytes;
    // Text by text: joined first, one character beyond Latin-1 would make the engine take the slow way for all of them.
    for (let i = 0; i < this.texts.length; i += 1) {
      const text = this.texts[i] ?? '';
      const bytes = this.sizes[i] ?? 0;
      // A state that is handed on within stands there once for each step.
      if (i > 0 && text === this.texts[i - 1]) memory.copyWithin(at, at - bytes, at);
      else writeText(memory, text, at, bytes);
      at += bytes;
    }
    return { n: this.headers.length, h: memory.subarray(0, headerBytes), p: memory.subarray(headerBytes) };
  }
}

function writeText(memory: Buffer, text: string, at: number, bytes: number): void {
  // As many bytes as characters: plain ASCII, which is the same in Latin-1.
  const written = memory.write(text, at, bytes === text.length ? 'latin1' : 'utf8');
  // What was not written would be whatever the memory held before.
  if (written !== bytes) throw new RangeError('a payload has not the bytes it was said to have');
}
