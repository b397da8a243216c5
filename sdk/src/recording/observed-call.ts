import { beginTrace } from './begin-trace.ts';
import { type Status } from '../contract/index.ts';
import { type ObservationStart, type ObservationUpdate, OpenObservation } from './open-observation.ts';
import { type OpenTrace, type TraceStart } from './open-trace.ts';
import { quietly } from '../quietly.ts';
import { sdkState } from '../sdk-state.ts';
import { ContextWithin, type TraceContext, UNTRACED } from './trace-context.ts';

export interface CallStart extends ObservationStart {
  /** What a trace is told when the call has to open one. Its name is by default that of the call. */
  trace?: Partial<TraceStart> | undefined;
}

/** How a call ended, beside what it returned. */
export interface CallEnding {
  /** Default `ok`. */
  status?: Status;
  /** Where the input was not known at the start. */
  input?: unknown;
}

/**
 * One call of a library that is observed from outside: its start and its end are told separately, and what runs within is
 * not run by this SDK. Below the context it is given, or a trace of its own. Nothing here throws.
 */
export class ObservedCall {
  /** Where what runs within the call belongs. */
  readonly context: TraceContext;
  private readonly observation: OpenObservation;
  /** Set when this call opened it. */
  private readonly ownTrace: OpenTrace | undefined;
  private isOver = false;

  private constructor(
    trace: OpenTrace,
    outer: TraceContext | undefined,
    { trace: about, ...start }: CallStart,
  ) {
    this.ownTrace = outer === undefined ? trace : undefined;
    const input = start.input === undefined ? undefined : trace.sdk.recorder.jsonText(start.input, 'input');
    this.ownTrace?.start({ name: start.name, ...about, input });
    this.observation = new OpenObservation(trace.sdk, trace, outer);
    this.observation.start({ ...start, input });
    this.context = new ContextWithin(trace, this.observation, outer);
  }

  /** Whether anything would be recorded there; describing a call costs. */
  static isWanted(outer: TraceContext | undefined): boolean {
    return outer === undefined ? sdkState().active?.isTracing === true : outer.trace !== undefined;
  }

  /** Records the start; undefined when nothing is traced there. */
  static begin(start: CallStart, outer: TraceContext | undefined): ObservedCall | undefined {
    return quietly(() => {
      const trace = outer === undefined ? beginTrace() : outer.trace;
      return trace && new ObservedCall(trace, outer, start);
    });
  }

  /** Says more; sent with the end. */
  update(update: ObservationUpdate): void {
    if (!this.isOver) quietly(() => this.observation.remember(update));
  }

  firstTokenCame(): void {
    this.observation.firstTokenCame();
  }

  end(output: unknown, { status = 'ok', input }: CallEnding = {}): void {
    this.settle(input, () => {
      const ending = this.observation.ending(output, status);
      this.observation.end(ending);
      this.ownTrace?.end(ending.output, status);
    });
  }

  fail(error: unknown, { input }: CallEnding = {}): void {
    this.settle(input, () => {
      this.observation.fail(error);
      this.ownTrace?.fail(error);
    });
  }

  private settle(input: unknown, tell: () => void): void {
    if (this.isOver) return;
    this.isOver = true;
    quietly(() => {
      if (input === undefined) return;
      this.observation.completeInput(input);
      this.ownTrace?.update({ input });
    });
    quietly(tell);
  }
}

/** Where what runs within a call belongs; if it began while nothing was traced, nothing below it is. */
export const contextWithin = (
  call: ObservedCall | undefined,
  outer: TraceContext | undefined,
): TraceContext | undefined =>
  call?.context ?? outer ?? (sdkState().active === undefined ? undefined : UNTRACED);
