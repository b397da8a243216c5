import { performance } from 'node:perf_hooks';

/** A step of the wall clock larger than this is followed; below it the monotonic clock keeps order. */
const MAX_DRIFT_MS = 50;

let anchorMs = Date.now() - performance.now();

/** Milliseconds since 1970 with a microsecond fraction; monotonic between steps of the wall clock. */
export function nowMs(): number {
  const monotonic = performance.now();
  const wall = Date.now();
  const drift = wall - (anchorMs + monotonic);
  if (drift > MAX_DRIFT_MS || drift < -MAX_DRIFT_MS) anchorMs = wall - monotonic;
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
