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

/** A text as it may stand in a header, most of which do as they are; anything else as it was given. */
export const safeText = (field: string, value: unknown): unknown =>
  typeof value !== 'string' || isSafeScalar(value) ? value : headerText(value, charsOf(field));
