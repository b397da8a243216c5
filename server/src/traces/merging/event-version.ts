import { hash } from 'node:crypto';
import type { EventTime } from './event-time.ts';

/**
 * Version of what an event writes, 48 hex characters that compare as the versions do: event time in µs (16), number
 * of the event (16, zeros without one), first 8 bytes of its digest (16).
 */
export type Version = string;

const hex16 = (value: bigint): string => BigInt.asUintN(64, value).toString(16).padStart(16, '0');

/** `time` must be a clamped one: negative times would not order. */
export function eventVersion(time: EventTime, seq: number, digest: string): Version {
  const micros = BigInt(time.epochMs) * 1000n + BigInt(time.micros);
  return hex16(micros) + hex16(BigInt(seq)) + digest;
}

/** The later of two versions; null is older than any. */
export function laterVersion(one: Version | null, other: Version | null): Version | null {
  if (one === null || other === null) return one ?? other;
  return one >= other ? one : other;
}

/**
 * First 8 bytes of SHA-256 over the canonical event, in hex: its header with sorted keys, then kind, length and bytes
 * of each payload. What differs between two deliveries of one event (entry id, arrival) is no part of it.
 */
export function eventDigest(
  header: Readonly<Record<string, unknown>>,
  payloads: readonly { kind: string; bytes: Buffer }[],
): string {
  const lengths = payloads.map(({ kind, bytes }) => [kind, bytes.length]);
  const head = `${canonicalJson(header)}\n${JSON.stringify(lengths)}\n`;
  const content =
    payloads.length === 0 ? head : Buffer.concat([Buffer.from(head), ...payloads.map((p) => p.bytes)]);
  return hash('sha256', content, 'hex').slice(0, 16);
}

/** JSON with the keys of every object in code unit order. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
}
