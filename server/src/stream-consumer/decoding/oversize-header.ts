import { isRecord } from '../../kernel/is-record.ts';
import { Refusal } from './refusal.ts';

const MEMBER = 'oversize_header';
const KEPT_BYTES = 1_000;

/**
 * What goes on the stream for an event that is too large without its payloads, so that its number is taken and its dead
 * letter says what it was: the JSON text of a header that {@link refuseOversizeHeader} knows.
 */
export function oversizeHeaderText(event: Buffer, bytes: number, most: number): string {
  return JSON.stringify({ [MEMBER]: { bytes, most, begins: event.toString('utf8', 0, KEPT_BYTES) } });
}

/** @throws Refusal `oversize` for what {@link oversizeHeaderText} made */
export function refuseOversizeHeader(header: Readonly<Record<string, unknown>>): void {
  const told = header[MEMBER];
  if (!isRecord(told) || header['event_type'] !== undefined) return;
  const [bytes, most] = [String(Number(told['bytes'])), String(Number(told['most']))];
  throw new Refusal('oversize', `the event takes ${bytes} bytes without its payloads, the limit is ${most}`);
}
