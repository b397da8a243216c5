const DEFAULT_MS = 5000;
/** Ten minutes: who waits longer has forgotten that it waits. */
const LONGEST_MS = 600_000;

/**
 * How long something may take, whatever was asked for: milliseconds from 0 to ten minutes. Less counts as 0, more (`Infinity`
 * too) as ten minutes, and what is no number as the default of five seconds.
 */
export function timeLimitMs(given: unknown): number {
  if (typeof given !== 'number' || Number.isNaN(given)) return DEFAULT_MS;
  return Math.min(Math.max(given, 0), LONGEST_MS);
}
