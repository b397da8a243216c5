import { OpenTrace } from './open-trace.ts';
import { isSampled } from '../privacy/sampling.ts';
import { sdkState } from '../sdk-state.ts';

/**
 * A new trace, where one may begin now; its start is not recorded yet. Undefined: nothing was initialised, tracing is off, or the trace
 * is not one of those that are sampled.
 * Every way to open a trace comes through here.
 */
export function beginTrace(): OpenTrace | undefined {
  const { active, isCapturing } = sdkState();
  if (isCapturing) return undefined;
  const projectId = active?.options.projectId;
  if (active?.isTracing !== true || projectId === undefined) return undefined;
  const trace = new OpenTrace(active, projectId);
  return isSampled(trace.id, active.options.sampleRate) ? trace : undefined;
}
