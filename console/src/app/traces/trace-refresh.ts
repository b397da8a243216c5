import type { Observation, TraceSummary } from '../api/model.ts';

const RUNNING_MS = 1_000;
const RUNNING_LARGE_MS = 3_000;
const LARGE_OBSERVATIONS = 2_000;
const SETTLED_MS = 15_000;
/** Late events of a finished trace usually come within this time. */
const SETTLING_MS = 60_000;

/** Every second while something runs; large traces less often; slowly once nothing is expected any more. */
export function refreshEveryMs(
  { trace, observations }: { trace: TraceSummary; observations: readonly Observation[] },
  nowMs: number,
): number {
  const endedMs = trace.end_time === null ? nowMs : Date.parse(trace.end_time);
  const isSettling = nowMs - endedMs < SETTLING_MS && observations.some(({ status }) => status === 'running');
  if (trace.status !== 'running' && !isSettling) return SETTLED_MS;
  return observations.length > LARGE_OBSERVATIONS ? RUNNING_LARGE_MS : RUNNING_MS;
}
