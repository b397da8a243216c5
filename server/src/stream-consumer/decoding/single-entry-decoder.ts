import { isUtf8 } from 'node:buffer';
import { JSON_MAX_DEPTH, PAYLOAD_KINDS } from 'swisper-studio/contract';
import {
  type EventTime,
  isDeeperThan,
  memberTexts,
  parseEpochSeconds,
  parseTime,
  strictJson,
} from '../../traces/index.ts';
import type { RawEvent } from './event-decoder.ts';

import { Refusal } from './refusal.ts';
import type { StreamEntry } from '../reading/stream-reader.ts';

const KINDS: ReadonlySet<string> = new Set(PAYLOAD_KINDS);

/** A single-event entry's content. */
export interface SingleEvent {
  readonly event: RawEvent;
  /** The entry's `timestamp`; null where it has none. */
  readonly publishedAt: EventTime | null;
}

function textOf(entry: StreamEntry, name: string): string | null {
  const bytes = entry.fields.get(name);
  if (bytes === undefined) return null;
  if (!isUtf8(bytes)) throw new Refusal('invalid_utf8', name);
  return bytes.toString('utf8');
}

/** `data` as strict JSON text; null where the entry has none. */
function dataText(entry: StreamEntry): { text: string; hadNonFinite: boolean } | null {
  const sent = textOf(entry, 'data');
  if (sent === null || sent.trim() === '' || sent.trim() === 'null') return null;
  const strict = strictJson(sent);
  if (isDeeperThan(Buffer.from(strict.text), JSON_MAX_DEPTH))
    throw new Refusal('too_deep', 'data nests too deep');
  const value = parsed(strict.text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refusal('invalid_json', 'data must be an object');
  }
  return strict;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Refusal('invalid_json', 'data is not JSON');
  }
}

/**
 * The project an entry names: in its field, else (single-event entries) in its data. Null when there is none, or
 * what should tell it cannot be read.
 */
export function namedProjectOf(entry: StreamEntry): string | null {
  const sent = entry.fields.get('project_id')?.toString('utf8').trim() ?? '';
  if (sent !== '' || entry.fields.has('v')) return sent === '' ? null : sent;
  try {
    const data = dataText(entry);
    const named = data === null ? undefined : memberTexts(data.text).get('project_id');
    const value: unknown = named === undefined ? null : JSON.parse(named);
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
  } catch {
    return null;
  }
}

/**
 * Reads the fields of a single-event entry: `data`'s small members become the header, its payloads keep the text they
 * were sent as.
 * @throws Refusal when a field is not UTF-8, or `data` is no JSON object or nests too deep
 */
export function decodeSingleEntry(entry: StreamEntry): SingleEvent {
  const data = dataText(entry);
  const header: Record<string, unknown> = {};
  const payloads: { kind: (typeof PAYLOAD_KINDS)[number]; bytes: Buffer }[] = [];
  const members = data === null ? new Map<string, string>() : memberTexts(data.text);
  for (const [key, text] of members) if (!KINDS.has(key) && key !== '__proto__') header[key] = parsed(text);
  for (const kind of PAYLOAD_KINDS) {
    const text = members.get(kind);
    if (text !== undefined && text !== 'null') payloads.push({ kind, bytes: Buffer.from(text) });
  }
  for (const name of ['event_type', 'trace_id', 'observation_id']) {
    const text = textOf(entry, name);
    if (text !== null && text !== '') header[name] = text;
  }
  addErrorMessage(header, members.get('error'));
  const marks = data?.hadNonFinite === true ? ['sanitised:non_finite'] : [];
  return { event: { header, payloads, seq: 0, marks }, publishedAt: publishedAt(entry) };
}

/** Older SDKs say what failed in `error` alone. */
function addErrorMessage(header: Record<string, unknown>, errorText: string | undefined): void {
  if (errorText === undefined || (header['status_message'] ?? null) !== null) return;
  const error = parsed(errorText);
  if (typeof error === 'string') header['status_message'] = error;
}

function publishedAt(entry: StreamEntry): EventTime | null {
  const text = textOf(entry, 'timestamp');
  if (text === null || text.trim() === '') return null;
  const time = parseEpochSeconds(text) ?? parseTime(text);
  if (time === null) throw new Refusal('bad_time', 'timestamp is not in seconds since 1970');
  return time;
}
