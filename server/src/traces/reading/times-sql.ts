/** A time column as `YYYY-MM-DDTHH:MM:SS.ffffffZ` text, which keeps the microseconds a Date would lose. */
export const timeText = (expression: string): string =>
  `to_char(${expression}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** The same time for people and programs: microseconds where there are any, else milliseconds. */
export function shortTime(text: string): string {
  return text.endsWith('000Z') ? `${text.slice(0, -4)}Z` : text;
}

/** Milliseconds between two time columns, with microseconds behind the point; null where one is null. */
export const durationMs = (from: string, to: string): string =>
  `(extract(epoch FROM (${to} - ${from})) * 1000)::float8`;
