import type { RunStatus } from '../api/model.ts';

/** The span of time that the bars of a trace are drawn against. */
export interface TimeWindow {
  readonly originMs: number;
  readonly spanMs: number;
  /** End of what still runs. */
  readonly nowMs: number;
}

export interface Bar {
  readonly leftPercent: number;
  readonly widthPercent: number;
}

/** A trace or an observation, as far as its bar is concerned. */
export interface Timed {
  readonly startMs: number;
  readonly endMs: number | null;
  readonly observation: { readonly status: RunStatus };
}

export function barOf(node: Timed, window: TimeWindow): Bar {
  const isRunning = node.endMs === null && node.observation.status === 'running';
  const endMs = node.endMs ?? (isRunning ? window.nowMs : node.startMs);
  const percent = (ms: number): number => (100 * ms) / window.spanMs;
  const leftPercent = clamp(percent(node.startMs - window.originMs));
  return { leftPercent, widthPercent: Math.min(100 - leftPercent, clamp(percent(endMs - node.startMs))) };
}

/** Round moments for the axis, from the start: 0, 500, 1000… at most `most` of them. */
export function axisTicks(spanMs: number, most: number): number[] {
  if (!(spanMs > 0)) return [0];
  const rough = spanMs / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step =
    [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? 10 * power;
  const ticks: number[] = [];
  for (let tick = 0; tick <= spanMs * 0.95; tick += step) ticks.push(tick);
  return ticks;
}

function clamp(percent: number): number {
  return Math.min(100, Math.max(0, percent));
}
