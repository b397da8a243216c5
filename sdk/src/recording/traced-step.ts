import { type ActiveSdk } from '../active-sdk.ts';
import { beginTrace } from './begin-trace.ts';
import { isObservationType, type ObservationType, type Status } from '../contract/index.ts';
import { OpenObservation } from './open-observation.ts';
import { type OpenTrace } from './open-trace.ts';
import { sdkState } from '../sdk-state.ts';
import { ContextWithin, currentContext, type TraceContext } from './trace-context.ts';

export interface TracedOptions {
  /** Default `SPAN`. */
  type?: ObservationType;
  /** Name of the model, for type GENERATION. */
  model?: string;
}

/** One call of a traced function that is recorded. */
export class Step {
  readonly observation: OpenObservation;
  /** Set when this call opened the trace. */
  readonly trace: OpenTrace | undefined;
  /** Where what it calls is. */
  readonly within: TraceContext;

  readonly sdk: ActiveSdk;
  readonly type: ObservationType;

  constructor(within: ContextWithin, trace: OpenTrace | undefined, type: ObservationType) {
    this.observation = within.observation;
    this.trace = trace;
    this.within = within;
    this.sdk = within.trace.sdk;
    this.type = type;
  }
}

/** Undefined where nothing is traced. */
export function startStep(name: string, options: TracedOptions, args: readonly unknown[]): Step | undefined {
  const context = currentContext();
  const trace = context === undefined ? beginTrace() : undefined;
  const within = trace ?? context?.trace;
  if (sdkState().active === undefined || within === undefined) return undefined;
  // Of the trace: what runs now may be another project's.
  const { sdk } = within;
  const value = args.length <= 1 ? args[0] : args;
  const input = value === undefined ? undefined : sdk.recorder.jsonText(value, 'input');
  trace?.start({ name, input });
  const observation = new OpenObservation(sdk, within, context);
  const type = isObservationType(options.type) ? options.type : 'SPAN';
  observation.start({ name, type, model: options.model, input });
  return new Step(new ContextWithin(within, observation, context), trace, type);
}

export function finishStep({ observation, trace }: Step, result: unknown, status: Status = 'ok'): void {
  const ending = observation.ending(result, status);
  observation.end(ending);
  trace?.end(ending.output, status);
}

export function failStep({ observation, trace }: Step, error: unknown): void {
  observation.fail(error);
  trace?.fail(error);
}
