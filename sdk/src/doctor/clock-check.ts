import { type Finding, ok, wrong, warning } from './finding.ts';

const CHECK = 'clock';
const WARN_MS = 5_000;
/** From here on the server corrects the times of events by the difference, and marks them. */
const CORRECTED_MS = 55 * 60_000;

const MINUTE_MS = 60_000;

/** Whose clock, and how far it is ahead of this machine's; undefined: it did not say. */
export interface OtherClock {
  readonly whose: string;
  readonly aheadMs: number | undefined;
}

/** One finding about the clock that differs most. */
export function examineClocks(clocks: readonly OtherClock[]): Finding | undefined {
  let most: { whose: string; aheadMs: number } | undefined;
  for (const { whose, aheadMs } of clocks) {
    if (aheadMs === undefined) continue;
    if (most === undefined || Math.abs(aheadMs) > Math.abs(most.aheadMs)) most = { whose, aheadMs };
  }
  if (most === undefined) return undefined;
  const { whose, aheadMs } = most;
  const byMs = Math.abs(aheadMs);
  if (byMs <= WARN_MS) return ok(CHECK, 'agrees with the server and Redis within 5 s');
  const text = `this machine is ${duration(byMs)} ${aheadMs > 0 ? 'behind' : 'ahead of'} ${whose}`;
  const remedy = 'let both keep their time by NTP';
  return byMs >= CORRECTED_MS
    ? wrong(CHECK, `${text}: the times of its events are shifted and marked`, remedy)
    : warning(CHECK, `${text}: its traces appear at wrong times`, remedy);
}

const duration = (ms: number): string =>
  ms >= 2 * MINUTE_MS ? `${String(Math.round(ms / MINUTE_MS))} min` : `${String(Math.round(ms / 1000))} s`;
