/** What an instance says it has done with events since its start. */
export interface ReportedCounters {
  accepted?: number;
  merged?: number;
  dropped?: Record<string, number>;
  config_version?: number;
}

const MAX_REASONS = 50;
const REASON = /^[\w.:-]{1,60}$/;

/** Keeps the counts of what an SDK sent and leaves everything else out. */
export function reportedCounters(value: unknown): ReportedCounters | null {
  if (typeof value !== 'object' || value === null) return null;
  const counters: ReportedCounters = {};
  for (const name of ['accepted', 'merged', 'config_version'] as const) {
    const count: unknown = Reflect.get(value, name);
    if (isCount(count)) counters[name] = count;
  }
  const dropped: unknown = Reflect.get(value, 'dropped');
  if (typeof dropped === 'object' && dropped !== null) {
    const reasons = Object.entries(dropped).filter(
      (entry): entry is [string, number] => REASON.test(entry[0]) && isCount(entry[1]),
    );
    counters.dropped = Object.fromEntries(reasons.slice(0, MAX_REASONS));
  }
  return counters;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
