import { type EventType, ID_MAX_CHARS } from '../contract/index.ts';
import { headerJson, headerText } from './serialize.ts';

/** One more than the server keeps of these texts: it marks those that it cuts. */
const TEXT_CHARS: { readonly [field: string]: number } = {
  environment: 201,
  version: 201,
  model: 201,
  status_message: 8193,
};
const OTHER_TEXT_CHARS = 501;
const ID_FIELDS = new Set(['trace_id', 'observation_id', 'parent_observation_id']);
const MAX_HEADER_JSON_BYTES = 16 * 1024;
/** A declared graph's nodes or edges, all of which travel in the header. */
const MAX_GRAPH_JSON_BYTES = 1024 * 1024;

const charsOf = (field: string): number =>
  ID_FIELDS.has(field) ? ID_MAX_CHARS : (TEXT_CHARS[field] ?? OTHER_TEXT_CHARS);

/** What may stand in any header field as it is; most values do. */
export function isSafeScalar(value: unknown): boolean {
  if (typeof value === 'string')
    return value.length <= ID_MAX_CHARS && value.isWellFormed() && !value.includes('\u0000');
  return typeof value === 'boolean' || Number.isFinite(value);
}

/** A small value that may stand in a header, whatever was given; undefined where there is none. */
export function safeHeaderValue(eventType: EventType, field: string, value: unknown): unknown {
  if (typeof value === 'string') return headerText(value, charsOf(field));
  if (typeof value === 'boolean' || Number.isFinite(value)) return value;
  return headerJson(value, eventType === 'graph' ? MAX_GRAPH_JSON_BYTES : MAX_HEADER_JSON_BYTES);
}

/** What the application, or who runs it, has named. */
const FREE_TEXTS = ['name', 'model', 'user_id', 'session_id', 'environment', 'version'] as const;

/** Makes the free texts of an own header safe where they stand, all else of which is. */
export function makeTextsSafe(header: { [field: string]: unknown }): void {
  for (const field of FREE_TEXTS) {
    if (!Object.hasOwn(header, field)) continue;
    const text = header[field];
    if (typeof text === 'string' && !isSafeScalar(text)) header[field] = headerText(text, charsOf(field));
  }
}
