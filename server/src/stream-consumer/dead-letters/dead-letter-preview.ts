import { isUtf8 } from 'node:buffer';
import { keptEvent, keptFields } from '../decoding/raw-content.ts';
import type { WholeLetter } from './dead-letter-reader.ts';

/** Bytes of one value that a preview shows. */
export const PREVIEW_MAX_BYTES = 16_384;
/** Fields of an entry that a preview shows. */
const PREVIEW_MAX_FIELDS = 100;
/** A character that was cut through leaves at most so many bytes of itself. */
const MAX_CHAR_REST = 3;

/** A value to look at: `text` where it is UTF-8, else `base64`. */
export interface ValuePreview {
  readonly name: string;
  /** Length as sent. */
  readonly bytes: number;
  readonly text: string | null;
  readonly base64: string | null;
  /** Whether there is more of it than is shown. */
  readonly isCut: boolean;
}

export interface LetterPreview {
  /** Of an entry. */
  readonly fields: readonly ValuePreview[] | null;
  /** Of an event. */
  readonly header: object | null;
  readonly payloads: readonly ValuePreview[] | null;
  /** Of anything that can no longer be read as one or the other. */
  readonly text: string | null;
}

const NOTHING: LetterPreview = { fields: null, header: null, payloads: null, text: null };

/** What a dead letter holds, for people. */
export function previewOf({ raw, rawFormat }: WholeLetter): LetterPreview {
  if (rawFormat === 'entry') {
    return { ...NOTHING, fields: keptFields(raw).slice(0, PREVIEW_MAX_FIELDS).map(valuePreview) };
  }
  const event = rawFormat === 'event' ? keptEvent(raw) : null;
  if (event === null) return { ...NOTHING, text: shownText(raw.subarray(0, PREVIEW_MAX_BYTES)) ?? '' };
  const payloads = event.payloads.map(({ kind, bytes, kept }) => valuePreview({ name: kind, bytes, kept }));
  return { ...NOTHING, header: event.head.header, payloads };
}

function valuePreview({ name, bytes, kept }: { name: string; bytes: number; kept: Buffer }): ValuePreview {
  const shown = kept.subarray(0, PREVIEW_MAX_BYTES);
  const isCut = shown.length < bytes;
  const text = isCut ? shownText(shown) : isUtf8(shown) ? shown.toString('utf8') : null;
  return { name, bytes, text, base64: text === null ? shown.toString('base64') : null, isCut };
}

/** Text without the character that the cut went through; null where it is no text. */
function shownText(bytes: Buffer): string | null {
  for (let rest = 0; rest <= Math.min(MAX_CHAR_REST, bytes.length); rest++) {
    const whole = bytes.subarray(0, bytes.length - rest);
    if (isUtf8(whole)) return whole.toString('utf8');
  }
  return null;
}
