/** Longest texts kept, in UTF-16 code units. An indexed one must fit a B-tree page three times. */
export const TEXT_MAX_CHARS = {
  name: 500,
  user_id: 500,
  session_id: 500,
  environment: 200,
  version: 200,
  model: 200,
  status_message: 8_192,
  tag: 200,
} as const;
export const TAGS_MAX = 50;

export interface CleanText {
  text: string;
  /** What had to be done: nothing, a character replaced, or an overlong text cut. */
  change: 'none' | 'sanitised' | 'cut';
}

/** Replaces what PostgreSQL cannot store in a text, NUL and lone surrogates, by U+FFFD. */
export function storableText(text: string): string {
  if (text.isWellFormed() && !text.includes('\0')) return text;
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

/** A text that can be stored: NUL and lone surrogates become U+FFFD, and it is at most `maxChars` long. */
export function cleanText(text: string, maxChars: number): CleanText {
  const storable = storableText(text);
  if (storable.length > maxChars) {
    return { text: storable.slice(0, maxChars).toWellFormed(), change: 'cut' };
  }
  return { text: storable, change: storable === text ? 'none' : 'sanitised' };
}

/** The same for every string and key inside a JSON value, which `jsonb` would refuse otherwise. */
export function cleanJson(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(cleanJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [storableText(key), cleanJson(item)]));
}

/** Whether a number in it is too large for a double, so that JSON has no way to write it. */
export function hasNonFinite(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasNonFinite);
}
