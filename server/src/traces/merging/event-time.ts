/** A moment with microseconds. */
export interface EventTime {
  /** Milliseconds since 1970, UTC, rounded down. */
  epochMs: number;
  /** 0–999 on top of `epochMs`. */
  micros: number;
}

export const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Ordering times are kept within [received − 7 d, received + 1 h]. */
export const CLAMP_PAST_MS = 7 * DAY_MS;
export const CLAMP_FUTURE_MS = HOUR_MS;

/** From this difference between arrival and `sent_at` on, the producer's clock (or its time zone) is wrong. */
export const CLOCK_SHIFT_MS = 55 * 60_000;

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s?(Z|[+-]\d{2}(?::?\d{2})?)?$/i;
const EPOCH_SECONDS = /^(\d{1,12})(?:\.(\d{1,12}))?$/;
/** 0001-01-01: the first year that PostgreSQL and RFC 3339 both write. */
const FIRST_MS = -62_135_596_800_000;
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

function at(epochMs: number, micros: number): EventTime | null {
  return epochMs >= FIRST_MS && epochMs <= LAST_MS ? { epochMs, micros } : null;
}

function offsetMs(zone: string | undefined): number | null {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = zone.length > 3 ? Number(zone.slice(-2)) : 0;
  if (hours > 23 || minutes > 59) return null;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/**
 * Reads RFC 3339. Without an offset the time is UTC (older SDKs send naive UTC times). Digits after the microseconds
 * are cut. Null when it is no time, or outside the years 1 to 9999.
 */
export function parseTime(text: string): EventTime | null {
  return (text.startsWith(lastPlain.day) ? plainTimeOf(text) : null) ?? parseAnyTime(text.trim());
}

/** `YYYY-MM-DDTHH:MM:SS.mmmZ`, as every JavaScript program writes it, and with microseconds, as the SDK does. */
const PLAIN_CHARS = 24;
const PLAIN_MICROS_CHARS = 27;
const isPlainLength = ({ length }: string): boolean =>
  length === PLAIN_CHARS || length === PLAIN_MICROS_CHARS;
/** The day of the last such time, and when it began: those of one batch are mostly of one day. */
const lastPlain = { day: 'none yet', epochMs: 0 };

/** A plain time of the day last seen; null when it is anything else. */
function plainTimeOf(text: string): EventTime | null {
  if (!isPlainLength(text) || text.charCodeAt(text.length - 1) !== 0x5a) return null;
  if (text.charCodeAt(10) !== 0x54 || text.charCodeAt(13) !== 0x3a || text.charCodeAt(16) !== 0x3a)
    return null;
  if (text.charCodeAt(19) !== 0x2e) return null;
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  const second = digits(text, 17, 2);
  const ms = digits(text, 20, 3);
  const micros = text.length === PLAIN_CHARS ? 0 : digits(text, 23, 3);
  if (!(hour <= 23 && minute <= 59 && second <= 60 && ms >= 0 && micros >= 0)) return null;
  return at(lastPlain.epochMs + ((hour * 60 + minute) * 60 + second) * 1000 + ms, micros);
}

/** The decimal number in `count` characters from `start`; NaN where one is no digit. */
function digits(text: string, start: number, count: number): number {
  let value = 0;
  for (let at = start; at < start + count; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

function parseAnyTime(text: string): EventTime | null {
  const match = ISO.exec(text);
  if (match === null) return null;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const [hour, minute, second] = [Number(match[4] ?? 0), Number(match[5] ?? 0), Number(match[6] ?? 0)];
  if (hour > 23 || minute > 59 || second > 60 || month < 1 || month > 12 || day < 1) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCDate() !== day) return null;
  const offset = offsetMs(match[8]);
  if (offset === null) return null;
  const micros = Number((match[7] ?? '').padEnd(6, '0').slice(0, 6));
  if (isPlainLength(text)) {
    lastPlain.day = text.slice(0, 10);
    lastPlain.epochMs = date.getTime();
  }
  const wallMs = date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000;
  return at(wallMs - offset + Math.floor(micros / 1000), micros % 1000);
}

/** Reads seconds since 1970 in decimal digits, as single-event entries carry them. */
export function parseEpochSeconds(text: string): EventTime | null {
  const match = EPOCH_SECONDS.exec(text.trim());
  if (match === null) return null;
  const micros = Number((match[2] ?? '').padEnd(6, '0').slice(0, 6));
  return at(Number(match[1]) * 1000 + Math.floor(micros / 1000), micros % 1000);
}

export function timeFromMs(epochMs: number): EventTime {
  return { epochMs, micros: 0 };
}

/** `YYYY-MM-DDTHH:MM:SS.ffffffZ`: always the same length, so texts compare as the times do. */
export function formatTime({ epochMs, micros }: EventTime): string {
  const second = Math.floor(epochMs / 1000);
  const fraction = (epochMs - second * 1000) * 1000 + micros;
  return `${secondText(second)}.${String(fraction).padStart(6, '0')}Z`;
}

/** Times of one batch are mostly of the same second or two, and writing a date is the slow part. */
const lastSecond = { second: Number.NaN, text: '' };

function secondText(second: number): string {
  if (lastSecond.second !== second) {
    lastSecond.second = second;
    lastSecond.text = new Date(second * 1000).toISOString().slice(0, 19);
  }
  return lastSecond.text;
}

/** Moves a time; null when it leaves the years that can be written. */
export function shiftTime(time: EventTime, byMs: number): EventTime | null {
  return at(time.epochMs + byMs, time.micros);
}

/**
 * The time that orders events: the event's own, unless it is too far from its arrival to be true. Never before 1970, not
 * even for an entry whose id somebody chose: versions are written without a sign.
 */
export function clampTime(time: EventTime, receivedMs: number): EventTime {
  const earliestMs = Math.max(0, receivedMs - CLAMP_PAST_MS);
  if (time.epochMs < earliestMs) return timeFromMs(earliestMs);
  if (time.epochMs > receivedMs + CLAMP_FUTURE_MS) return timeFromMs(receivedMs + CLAMP_FUTURE_MS);
  return time;
}

/** How far an entry's times are moved: 0 unless its producer's clock is off by `CLOCK_SHIFT_MS` or more. */
export function clockShiftMs(sentAtMs: number, receivedMs: number): number {
  const difference = receivedMs - sentAtMs;
  return Math.abs(difference) >= CLOCK_SHIFT_MS ? difference : 0;
}
