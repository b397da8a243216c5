import { isUtf8 } from 'node:buffer';
import type { RawEvent } from '../decoding/event-decoder.ts';
import type { StreamEntry } from '../reading/stream-reader.ts';

/** Bytes kept of a refused entry or event. */
export const RAW_MAX_BYTES = 65_536;

export interface RawBytes {
  /** At most `RAW_MAX_BYTES`. */
  readonly kept: Buffer;
  /** Full size before the cut. */
  readonly bytes: number;
}

/** An event as one line of JSON (its header with the payloads' kinds and lengths as `pl`), then the payloads' bytes. */
export function rawOfEvent({ header, payloads }: RawEvent): RawBytes {
  const pl = payloads.map(({ kind, bytes }) => [kind, bytes.length]);
  const head = Buffer.from(`${safeJson({ ...header, pl })}\n`);
  const whole = Buffer.concat([head, ...payloads.map(({ bytes }) => bytes.subarray(0, RAW_MAX_BYTES))]);
  const bytes = payloads.reduce((sum, payload) => sum + payload.bytes.length, head.length);
  return { kept: whole.subarray(0, RAW_MAX_BYTES), bytes };
}

/**
 * An entry as a JSON object of its fields; a value that is not UTF-8 is `{"base64": …}`. Fields after the limit are not
 * even looked at: together they may be longer than a string can be.
 */
export function rawOfEntry(entry: StreamEntry): RawBytes {
  const fields: [name: string, value: string | { base64: string }][] = [];
  let left = RAW_MAX_BYTES;
  for (const [name, value] of entry.fields) {
    if (left <= 0) break;
    const part = value.subarray(0, left);
    fields.push([name, isUtf8(value) ? part.toString('utf8') : { base64: part.toString('base64') }]);
    left -= name.length + part.length;
  }
  const text = Buffer.from(JSON.stringify(Object.fromEntries(fields)));
  return { kept: text.subarray(0, RAW_MAX_BYTES), bytes: entry.bytes };
}

/** A header that nests too deep for the serialiser is described instead. */
function safeJson(value: object): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    return JSON.stringify({ unserialisable: String(error) });
  }
}
