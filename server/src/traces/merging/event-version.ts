import { hash } from 'node:crypto';
import type { EventTime } from './event-time.ts';

/**
 * Version of what an event writes, 48 hex characters that compare as the versions do: event time in µs (16), number
 * of the event (16, zeros without one), first 8 bytes of a digest (16): of its producer where that and the number say
 * which event it is, else of the event itself.
 */
export type Version = string;

const TWO_32 = 4_294_967_296;

const VERSION_BYTES = 24;
const version = Buffer.alloc(VERSION_BYTES);
/** In `version` already: both versions of an event have the same. */
let lastDigest = '';

/**
 * @param time a clamped one: negative times would not order
 * @param digest 16 hex digits
 */
export function eventVersion(time: EventTime, seq: number, digest: string): Version {
  // The product of ms and 1000 may be beyond what a number holds exactly; those of its halves are not.
  const low = (time.epochMs % TWO_32) * 1000 + time.micros;
  writeUint32(0, Math.floor(time.epochMs / TWO_32) * 1000 + Math.floor(low / TWO_32));
  writeUint32(4, low % TWO_32);
  writeUint32(8, Math.floor(seq / TWO_32));
  writeUint32(12, seq % TWO_32);
  if (digest !== lastDigest) {
    version.write(digest, 16, 'hex');
    lastDigest = digest;
  }
  return version.toString('hex');
}

function writeUint32(at: number, value: number): void {
  version[at] = value >>> 24;
  version[at + 1] = value >>> 16;
  version[at + 2] = value >>> 8;
  version[at + 3] = value;
}

/** The later of two versions; null is older than any. */
export function laterVersion(one: Version | null, other: Version | null): Version | null {
  if (one === null || other === null) return one ?? other;
  return one >= other ? one : other;
}

let lastProducer = { instanceId: '', digest: '' };

/** First 8 bytes of SHA-256 over a producer's instance id, in hex. */
export function producerDigest(instanceId: string): string {
  if (lastProducer.instanceId !== instanceId)
    lastProducer = { instanceId, digest: hash('sha256', instanceId, 'hex').slice(0, 16) };
  return lastProducer.digest;
}

/** Grows to the largest event seen, at most `SCRATCH_MAX_BYTES`. */
let scratch = Buffer.allocUnsafeSlow(16 * 1024);
const SCRATCH_MAX_BYTES = 1024 * 1024;

/**
 * First 8 bytes of SHA-256 over the canonical event, in hex: its header with sorted keys, then kind, length and bytes
 * of each payload. What differs between two deliveries of one event (entry id, arrival) is no part of it.
 */
export function eventDigest(
  header: Readonly<Record<string, unknown>>,
  payloads: readonly { readonly kind: string; readonly bytes: Buffer }[],
): string {
  let lengths = '';
  let size = 0;
  for (const { kind, bytes } of payloads) {
    lengths += `${lengths === '' ? '' : ','}["${kind}",${String(bytes.length)}]`;
    size += bytes.length;
  }
  const head = `${canonicalJson(header)}\n[${lengths}]\n`;
  if (size === 0) return hash('sha256', head, 'hex').slice(0, 16);
  const content = bufferOf(head.length * 3 + size);
  let end = content.write(head);
  for (const { bytes } of payloads) {
    content.set(bytes, end);
    end += bytes.length;
  }
  return hash('sha256', content.subarray(0, end), 'hex').slice(0, 16);
}

function bufferOf(bytes: number): Buffer {
  if (bytes <= scratch.length) return scratch;
  const larger = Buffer.allocUnsafeSlow(bytes);
  if (bytes <= SCRATCH_MAX_BYTES) scratch = larger;
  return larger;
}

/** JSON that does not depend on the order in which the keys of its objects came. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(canonical(value)) ?? 'null';
}

/** Keys in code unit order (such as look like an index first, as every object has them). */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (!isObject(value)) return value;
  const keys = Object.keys(value).sort();
  if (keys.includes('__proto__')) return Object.fromEntries(keys.map((key) => [key, canonical(value[key])]));
  const copy: Record<string, unknown> = {};
  for (const key of keys) {
    const item = value[key];
    copy[key] = typeof item === 'object' ? canonical(item) : item;
  }
  return copy;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
