const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Relative times reach back this far; older ones are shown as a date. */
const RELATIVE_LIMIT_MS = 7 * DAY;

export type TimeStyle = 'long' | 'short';

interface Unit {
  ms: number;
  long: string;
  short: string;
}

const UNITS: readonly Unit[] = [
  { ms: DAY, long: 'day', short: 'd' },
  { ms: HOUR, long: 'hour', short: 'h' },
  { ms: MINUTE, long: 'minute', short: 'min' },
  { ms: SECOND, long: 'second', short: 's' },
];

/** "5 seconds ago" or "5 s ago"; "just now" below a second and for the near future; a date after seven days. */
export function relativeTime(thenMs: number, nowMs: number, style: TimeStyle): string {
  const ageMs = nowMs - thenMs;
  if (ageMs >= RELATIVE_LIMIT_MS) return shortDateTime(thenMs);
  const unit = UNITS.find(({ ms }) => ageMs >= ms);
  if (!unit) return 'just now';
  const count = Math.floor(ageMs / unit.ms);
  return style === 'short'
    ? `${count} ${unit.short} ago`
    : `${count} ${unit.long}${count === 1 ? '' : 's'} ago`;
}

/** `2026-11-20 21:04` in the given or the browser's zone. */
export function shortDateTime(ms: number, timeZone?: string): string {
  const parts = new Intl.DateTimeFormat('sv-SE', {
    dateStyle: 'short',
    timeStyle: 'short',
    ...(timeZone ? { timeZone } : {}),
  });
  return parts.format(ms);
}

/** All absolute forms of a time, one a line: local with zone, UTC, ISO. */
export function absoluteTime(iso: string): string {
  const ms = Date.parse(iso);
  if (!Number.isFinite(ms)) return iso;
  return `${localTime(ms)}\n${new Date(ms).toISOString().replace('T', ' ').replace('Z', '')} UTC\n${iso}`;
}

/** `20 Nov 2026, 21:04:12 GMT+1`, in the browser's zone. */
export function localTime(ms: number): string {
  return new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  }).format(ms);
}

/** The zone all times are shown in: `Europe/Zurich GMT+1`. */
export function zoneLabel(nowMs: number): string {
  const format = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'shortOffset' });
  const offset = format.formatToParts(nowMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const zone = format.resolvedOptions().timeZone;
  return zone === 'UTC' ? 'UTC' : `${zone.split('/').at(-1)?.replaceAll('_', ' ') ?? zone} ${offset}`;
}
