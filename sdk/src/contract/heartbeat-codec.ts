import { type EntrySigner } from './entry-encoder.ts';
import { type JsonObject, type ProducerCounters } from './events.ts';
import { heartbeatStreamKey } from './keys.ts';
import { HEARTBEAT_MAX_BYTES } from './limits.ts';
import { signFields } from './signing.ts';

/**
 * Fields of a heartbeat on the stream in the order they are written and signed: those of the heartbeat API as texts
 * (numbers decimal, `counters` JSON), `v` before them, `key_id` and `sig` after them.
 */
export const HEARTBEAT_FIELDS = [
  'v',
  'project_id',
  'instance_id',
  'status',
  'timestamp',
  'environment',
  'version',
  'sdk_version',
  'host',
  'started_at',
  'interval_seconds',
  'beat_no',
  'counters',
  'config_version',
  'key_id',
  'sig',
] as const;

export const HEARTBEAT_VERSION = '1';

/**
 * What must not be missing: `started_at` and `beat_no` tell a beat from a copy of an older one, which anybody who can
 * write to Redis could add again, signature and all.
 */
const REQUIRED = ['project_id', 'instance_id', 'status', 'timestamp', 'started_at', 'beat_no'] as const;
const NUMBERS: ReadonlySet<string> = new Set(['interval_seconds', 'beat_no', 'config_version']);
const ENVELOPE: ReadonlySet<string> = new Set(['v', 'key_id', 'sig']);
const BODY = HEARTBEAT_FIELDS.filter((name) => !ENVELOPE.has(name));

/** A sign of life, as the heartbeat API takes it. */
export interface SentHeartbeat {
  project_id: string;
  instance_id: string;
  /** `disconnected` is a goodbye. */
  status: 'connected' | 'disconnected';
  /** The sender's time, RFC 3339. */
  timestamp: string;
  environment?: string | undefined;
  version?: string | undefined;
  sdk_version?: string | undefined;
  host?: string | undefined;
  /** The same in every beat of a process, RFC 3339. */
  started_at: string;
  interval_seconds?: number | undefined;
  /** Rises with every beat of a process, whichever way it takes. */
  beat_no: number;
  counters?: ProducerCounters | undefined;
  config_version?: number | undefined;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/**
 * The field/value list of one heartbeat, ready for XADD to `heartbeatStreamKey(stream of events)`.
 * @param signer the one of the producer's entries; the signature is over the heartbeats' stream name
 */
export function encodeHeartbeat(beat: SentHeartbeat, signer?: EntrySigner): string[] {
  const values: { readonly [field: string]: unknown } = { ...beat, v: HEARTBEAT_VERSION };
  const fields = HEARTBEAT_FIELDS.filter((name) => values[name] !== undefined && values[name] !== null).map(
    (name): [string, string] => [name, textOf(values[name])],
  );
  if (signer !== undefined) {
    fields.push(['key_id', signer.keyId]);
    fields.push(['sig', signFields(heartbeatStreamKey(signer.streamName), fields, signer.signingKey)]);
  }
  return fields.flat();
}

export type HeartbeatDecodeResult =
  { ok: true; beat: JsonObject } | { ok: false; reason: 'unknown_version' | 'invalid_field'; detail: string };

const refused = (reason: 'unknown_version' | 'invalid_field', detail: string): HeartbeatDecodeResult => ({
  ok: false,
  reason,
  detail,
});

const utf8 = new TextDecoder('utf-8', { fatal: true });

function valueOf(name: string, bytes: Buffer): unknown {
  const text = utf8.decode(bytes);
  if (name === 'counters') return JSON.parse(text) as unknown;
  if (!NUMBERS.has(name)) return text;
  if (!/^\d{1,16}$/.test(text)) throw new Error('not a count');
  return Number(text);
}

/**
 * Reads a heartbeat of the stream into the body of the heartbeat API, whose rules are still to be applied to it. Survives
 * any bytes; fields it does not know are left out.
 */
export function decodeHeartbeat(fields: ReadonlyMap<string, Buffer>): HeartbeatDecodeResult {
  if (fields.get('v')?.toString('latin1') !== HEARTBEAT_VERSION)
    return refused('unknown_version', 'v is not 1');
  let bytes = 0;
  for (const [name, value] of fields) bytes += Buffer.byteLength(name) + value.length;
  if (bytes > HEARTBEAT_MAX_BYTES) return refused('invalid_field', `${String(bytes)} bytes`);
  const missing = REQUIRED.find((name) => !fields.has(name));
  if (missing !== undefined) return refused('invalid_field', `${missing} is missing`);
  const beat: [string, unknown][] = [];
  for (const name of BODY) {
    const value = fields.get(name);
    if (value === undefined) continue;
    try {
      beat.push([name, valueOf(name, value)]);
    } catch {
      return refused('invalid_field', `${name} cannot be read`);
    }
  }
  return { ok: true, beat: Object.fromEntries(beat) };
}
