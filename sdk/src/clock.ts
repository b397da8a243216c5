import { monotonicMs } from './timers.ts';

/** A step of the wall clock larger than this is followed; below it the monotonic clock keeps order. */
const MAX_DRIFT_MS = 50;
/** Both clocks are compared only where this is all that went by between reading the one and the other. */
const MAX_BETWEEN_READINGS_MS = 5;

let anchorMs = Date.now() - monotonicMs();

function isAdrift(monotonic: number, wall: number): boolean {
  return Math.abs(wall - (anchorMs + monotonic)) > MAX_DRIFT_MS;
}

/** Follows a step of the wall clock, but not a process that was put aside between reading the two clocks. */
function followWallClock(): void {
  const before = monotonicMs();
  const wall = Date.now();
  if (monotonicMs() - before > MAX_BETWEEN_READINGS_MS) return;
  if (isAdrift(before, wall)) anchorMs = wall - before;
}

/** Milliseconds since 1970 with a microsecond fraction; monotonic between steps of the wall clock. */
export function nowMs(): number {
  const monotonic = monotonicMs();
  if (isAdrift(monotonic, Date.now())) followWallClock();
  return anchorMs + monotonic;
}

let lastSecond = -1;
let lastSecondText = '';

/** RFC 3339 in UTC with microseconds: durations below a millisecond stay visible. */
export function isoMicros(timeMs: number = nowMs()): string {
  const micros = Math.floor(timeMs * 1000);
  const second = Math.floor(micros / 1_000_000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastSecondText = new Date(second * 1000).toISOString().slice(0, -4);
  }
  return `${lastSecondText}${String(micros - second * 1_000_000).padStart(6, '0')}Z`;
}
