import { OpenTrace } from './open-trace.ts';
import { sdkState } from './sdk-state.ts';

/**
 * A new trace, where one may begin now; its start is not recorded yet. Undefined: nothing was initialised, tracing is off.
 * Every way to open a trace comes through here.
 */
export function beginTrace(): OpenTrace | undefined {
  const { active } = sdkState();
  const projectId = active?.options.projectId;
  if (active?.isTracing !== true || projectId === undefined) return undefined;
  return new OpenTrace(active, projectId);
}
