/**
 * When the present day began in a time zone.
 * @param timeZone IANA name
 */
export function startOfDay(timeZone: string, nowMs: number): Date {
  const local = localParts(timeZone, nowMs);
  const midnight = Date.UTC(local.year, local.month - 1, local.day);
  // The offset may change between midnight and now: the second look uses the one that held at midnight.
  let startMs = midnight - offsetMs(timeZone, nowMs);
  startMs = midnight - offsetMs(timeZone, startMs);
  return new Date(startMs);
}

interface LocalParts {
  year: number;
  month: number;
  day: number;
  /** The wall clock's reading as if it were UTC, whole seconds. */
  asUtcMs: number;
}

function offsetMs(timeZone: string, atMs: number): number {
  return localParts(timeZone, atMs).asUtcMs - Math.floor(atMs / 1000) * 1000;
}

function localParts(timeZone: string, atMs: number): LocalParts {
  const parts = new Map(
    formatter(timeZone)
      .formatToParts(new Date(atMs))
      .map((part) => [part.type, Number(part.value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const [year, month, day] = [part('year'), part('month'), part('day')];
  const asUtcMs = Date.UTC(year, month - 1, day, part('hour'), part('minute'), part('second'));
  return { year, month, day, asUtcMs };
}

/** Making one takes longer than using it; there are about 600 zones. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formatters.set(timeZone, made);
  return made;
}
