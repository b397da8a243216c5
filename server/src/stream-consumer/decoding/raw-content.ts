import { isPayloadKind, type PayloadKind } from 'swisper-studio/contract';
import type { RawEvent } from './event-decoder.ts';
import type { EventSource } from './header-reader.ts';
import { receivedMsOf, type StreamEntry } from '../reading/stream-reader.ts';
import type { EventHead } from './raw-bytes.ts';

/** A field of a kept entry; a name or value that reaches beyond what was kept is cut. */
export interface KeptField {
  readonly name: string;
  /** Length as sent. */
  readonly bytes: number;
  readonly kept: Buffer;
}

export interface KeptPayload {
  readonly kind: PayloadKind;
  /** Length as sent. */
  readonly bytes: number;
  readonly kept: Buffer;
}

export interface KeptEvent {
  readonly head: EventHead;
  readonly payloads: readonly KeptPayload[];
}

const LENGTH_BYTES = 4;
const NEWLINE = 0x0a;

/** Fields of a kept entry, as far as they were kept. */
export function keptFields(raw: Buffer): KeptField[] {
  const fields: KeptField[] = [];
  for (let at = 0; at + LENGTH_BYTES <= raw.length;) {
    const nameEnd = at + LENGTH_BYTES + raw.readUInt32BE(at);
    const name = raw.subarray(at + LENGTH_BYTES, nameEnd).toString('utf8');
    const valueStart = nameEnd + LENGTH_BYTES;
    const bytes = valueStart <= raw.length ? raw.readUInt32BE(nameEnd) : 0;
    fields.push({ name, bytes, kept: raw.subarray(valueStart, valueStart + bytes) });
    at = valueStart + bytes;
  }
  return fields;
}

/** The entry as the consumer read it. Only of one that was kept whole. */
export function keptEntry(entryId: string, raw: Buffer): StreamEntry {
  const fields = new Map(keptFields(raw).map(({ name, kept }) => [name, kept]));
  let bytes = 0;
  for (const [name, value] of fields) bytes += Buffer.byteLength(name) + value.length;
  return { id: entryId, fields, bytes };
}

/** A kept event, as far as it was kept; null when not even its first line was, or something else wrote it. */
export function keptEvent(raw: Buffer): KeptEvent | null {
  const lineEnd = raw.indexOf(NEWLINE);
  const head = lineEnd === -1 ? null : headIn(raw.subarray(0, lineEnd).toString('utf8'));
  if (head === null) return null;
  let at = lineEnd + 1;
  const payloads: KeptPayload[] = [];
  for (const [kind, bytes] of head.pl) {
    if (!isPayloadKind(kind)) return null;
    payloads.push({ kind, bytes, kept: raw.subarray(at, at + bytes) });
    at += bytes;
  }
  return { head, payloads };
}

/** What the decoder read when the event came. Only of one that was kept whole. */
export function keptSource(
  letter: { projectId: string; entryId: string },
  { head, payloads }: KeptEvent,
): { raw: RawEvent; source: EventSource } {
  const [epochMs, micros] = head.fallback;
  return {
    raw: {
      header: head.header,
      payloads: payloads.map(({ kind, kept }) => ({ kind, bytes: kept })),
      seq: head.seq,
      marks: head.marks,
    },
    source: {
      projectId: letter.projectId,
      isSigned: head.is_signed,
      instanceId: head.instance_id,
      receivedMs: receivedMsOf(letter.entryId),
      shiftMs: head.shift_ms,
      fallbackTime: { epochMs, micros },
      producerDigest: head.producer_digest ?? null,
    },
  };
}

function headIn(line: string): EventHead | null {
  try {
    const value: unknown = JSON.parse(line);
    return isHead(value) ? value : null;
  } catch {
    return null;
  }
}

function isHead(value: unknown): value is EventHead {
  if (typeof value !== 'object' || value === null) return false;
  const hasLists = ['pl', 'marks', 'fallback'].every((name) => Array.isArray(Reflect.get(value, name)));
  const hasNumbers = ['seq', 'shift_ms'].every((name) => typeof Reflect.get(value, name) === 'number');
  return hasLists && hasNumbers && typeof Reflect.get(value, 'header') === 'object';
}
