import { type ObservationUpdate } from '../recording/open-observation.ts';
import { type TokenUsage } from './token-usage.ts';

/** What a model answered. */
export interface ModelAnswer {
  output: unknown;
  /** As the answer names it; often more exact than what was asked for. */
  model: string | undefined;
  usage: TokenUsage | undefined;
  finishReason?: string | undefined;
  /** What the answer says went wrong, where it does. */
  failure?: unknown;
}

/** What an observation is told of an answer, beside its output. */
export function aboutAnswer(
  { model, usage, finishReason }: ModelAnswer,
  requestedModel: string | undefined,
): ObservationUpdate {
  const isOther = model !== undefined && requestedModel !== undefined && model !== requestedModel;
  const meta = {
    ...(isOther ? { requested_model: requestedModel } : {}),
    ...(finishReason === undefined ? {} : { finish_reason: finishReason }),
  };
  return {
    ...(model === undefined ? {} : { model }),
    ...(usage === undefined ? {} : { usage: { ...usage } }),
    ...(Object.keys(meta).length === 0 ? {} : { meta }),
  };
}
