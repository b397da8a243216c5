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

/** RFC 3339 in UTC with microseconds: durations below a millisecond stay visible. */
export function isoMicros(timeMs: number = nowMs()): string {
  const wholeMs = Math.floor(timeMs);
  const micros = Math.min(999, Math.floor((timeMs - wholeMs) * 1000));
  return `${new Date(wholeMs).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
}
