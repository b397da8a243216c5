import type { RawEvent } from './event-decoder.ts';
import type { EventSource } from './header-reader.ts';
import type { StreamEntry } from '../reading/stream-reader.ts';

/** Bytes kept of a refused entry or event. */
export const RAW_MAX_BYTES = 65_536;
const LENGTH_BYTES = 4;
/** `raw_bytes` is an integer column. */
const MAX_SIZE = 2_147_483_647;

/**
 * How bytes are kept. `entry`: every field as `len(name) name len(value) value`, lengths as unsigned 32-bit big endian.
 * `event`: one line of JSON (its header, and what it had from its entry), then the payloads' bytes. `text`: what is left
 * of an event whose header no serialiser can write; for people only.
 */
export const RAW_FORMATS = ['entry', 'event', 'text'] as const;
export type RawFormat = (typeof RAW_FORMATS)[number];

export interface RawBytes {
  /** At most `RAW_MAX_BYTES`. */
  readonly kept: Buffer;
  /** Full size before the cut. */
  readonly bytes: number;
  readonly format: RawFormat;
}

/** The line before an event's payloads: all that its version and its row are made of. */
export interface EventHead {
  readonly header: Readonly<Record<string, unknown>>;
  /** Kinds and byte lengths of the payloads that follow. */
  readonly pl: readonly (readonly [kind: string, bytes: number])[];
  readonly seq: number;
  readonly marks: readonly string[];
  readonly is_signed: boolean;
  readonly instance_id: string | null;
  readonly shift_ms: number;
  readonly fallback: readonly [epochMs: number, micros: number];
  /** Absent or null: the event's content is a part of its version. */
  readonly producer_digest?: string | null;
}

declare global {
  interface JSON {
    /** ES2025: a value that is written as the text given. */
    rawJSON(text: string): object;
  }
}

/** Keeps an event so that reading it again gives the same row with the same version. */
export function rawOfEvent({ header, payloads, seq, marks }: RawEvent, source: EventSource): RawBytes {
  const head: EventHead = {
    header,
    pl: payloads.map(({ kind, bytes }) => [kind, bytes.length]),
    seq,
    marks,
    is_signed: source.isSigned,
    instance_id: source.instanceId,
    shift_ms: source.shiftMs,
    fallback: [source.fallbackTime.epochMs, source.fallbackTime.micros],
    producer_digest: source.producerDigest,
  };
  const { line, format } = lineOf(head);
  const whole = Buffer.concat([line, ...payloads.map(({ bytes }) => bytes.subarray(0, RAW_MAX_BYTES))]);
  const bytes = payloads.reduce((sum, payload) => sum + payload.bytes.length, line.length);
  return { kept: whole.subarray(0, RAW_MAX_BYTES), bytes: Math.min(bytes, MAX_SIZE), format };
}

/**
 * Keeps an entry so that its signature can be checked again: the bytes and the order of its fields. Those after the
 * limit are not even looked at: together they may be longer than a buffer can be.
 */
export function rawOfEntry(entry: StreamEntry): RawBytes {
  const pieces: Buffer[] = [];
  let left = RAW_MAX_BYTES;
  for (const field of entry.fields) {
    if (left <= 0) break;
    for (const piece of framed(field)) {
      pieces.push(piece.subarray(0, Math.max(left, 0)));
      left -= piece.length;
    }
  }
  const bytes = entry.bytes + entry.fields.size * 2 * LENGTH_BYTES;
  return { kept: Buffer.concat(pieces), bytes: Math.min(bytes, MAX_SIZE), format: 'entry' };
}

function framed([name, value]: readonly [string, Buffer]): Buffer[] {
  const nameBytes = Buffer.from(name);
  return [lengthOf(nameBytes), nameBytes, lengthOf(value), value];
}

function lengthOf(bytes: Buffer): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(bytes.length);
  return length;
}

/** A header that nests too deep for the serialiser is described instead. */
function lineOf(head: EventHead): { line: Buffer; format: RawFormat } {
  try {
    return { line: Buffer.from(`${JSON.stringify(head, withInfinities)}\n`), format: 'event' };
  } catch (error) {
    return { line: Buffer.from(`${JSON.stringify({ unserialisable: String(error) })}\n`), format: 'text' };
  }
}

/** `1e999` in a header is read as infinite, and must be so again. */
function withInfinities(_: string, value: unknown): unknown {
  if (value === Infinity) return JSON.rawJSON('1e999');
  return value === -Infinity ? JSON.rawJSON('-1e999') : value;
}
