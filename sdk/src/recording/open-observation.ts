import { isLevel, type Level, type ObservationType, type Status } from '../contract/index.ts';
import { isoMicros } from '../clock.ts';
import { type ActiveSdk } from '../active-sdk.ts';
import { type BufferedEvent } from '../delivery/buffered-event.ts';
import { outcomeOf } from './bubble-up.ts';
import { detachedCopy } from './capturing.ts';
import { errorFields, type Payloads } from './event-recorder.ts';
import { type JsonText } from '../payloads/json-text.ts';
import { type OpenTrace } from './open-trace.ts';
import { ObservationEndHeader, ObservationStartHeader } from './own-headers.ts';
import { quietly } from '../quietly.ts';
import { type TraceContext } from './trace-context.ts';
import { uuidV7 } from '../uuid-v7.ts';

/** What can be said about a running observation. */
export interface ObservationUpdate {
  name?: string;
  model?: string;
  modelParameters?: { readonly [name: string]: unknown };
  /** Tokens, e.g. `{input, output, total}`. */
  usage?: { readonly [kind: string]: number };
  /** US dollars, e.g. `{input, output, total}`. */
  cost?: { readonly [kind: string]: number };
  /** Merged key by key over several updates. */
  meta?: { readonly [key: string]: unknown };
  level?: Level;
  statusMessage?: string;
  /** When the first token came. */
  completionStartTime?: Date;
  /** Instead of what the function returns. */
  output?: unknown;
}

export interface ObservationStart {
  name: string;
  type: ObservationType;
  model?: string | undefined;
  modelParameters?: { readonly [name: string]: unknown } | undefined;
  input?: unknown;
  meta?: { readonly [key: string]: unknown } | undefined;
}

/** What was said of an observation while it ran. */
interface SaidMeanwhile {
  readonly fields: { readonly [field: string]: unknown };
  readonly meta: ObservationStart['meta'];
}

/** How an observation ended, as of that moment, so that it may be sent later. Made by `new` (see `buffered-event.ts`). */
export class ObservationEnding {
  readonly status: Status;
  readonly endTime: string;
  readonly output: JsonText | undefined;
  readonly said: SaidMeanwhile | undefined;

  constructor(
    status: Status,
    endTime: string,
    output: JsonText | undefined,
    said: SaidMeanwhile | undefined,
  ) {
    this.status = status;
    this.endTime = endTime;
    this.output = output;
    this.said = said;
  }
}

const NOTHING_SAID: ObservationUpdate = {};

/** As the types say; a program in JavaScript may give anything. */
const isTextOrNothing = (value: unknown): boolean => value === undefined || typeof value === 'string';

/** An observation that runs. It ends once. */
export class OpenObservation {
  readonly id = uuidV7();
  readonly parent: OpenObservation | undefined;
  private readonly sdk: ActiveSdk;
  private readonly trace: Pick<OpenTrace, 'id' | 'projectId'>;
  private startMeta: ObservationStart['meta'];
  private update: ObservationUpdate = NOTHING_SAID;
  private firstTokenAt: string | undefined;
  private isEnded = false;
  /** Its start's event: as long as that waits to be sent, the end becomes one with it. */
  private startEvent: BufferedEvent | undefined;

  /** Records the start, as a child of the context's observation. */
  constructor(sdk: ActiveSdk, trace: Pick<OpenTrace, 'id' | 'projectId'>, parent: TraceContext | undefined) {
    this.sdk = sdk;
    this.trace = trace;
    this.parent = parent?.trace?.id === trace.id ? parent.observation : undefined;
  }

  get traceId(): string {
    return this.trace.id;
  }

  get parentId(): string | undefined {
    return this.parent?.id;
  }

  start(start: ObservationStart): void {
    const { name, model, modelParameters, input, meta } = start;
    // Meta is one value: what the end says replaces what the start said, so it must hold both.
    this.startMeta = detachedCopy(meta);
    const header = new ObservationStartHeader(this, start);
    const { recorder } = this.sdk;
    const isTexts = typeof name === 'string' && isTextOrNothing(model) && modelParameters === undefined;
    const { projectId } = this.trace;
    this.startEvent =
      isTexts && meta === undefined
        ? recorder.recordTexts(projectId, header, input)
        : recorder.recordOwn(projectId, header, { input, meta });
  }

  /** Remembers what is known now, as it is now; sent with the end. */
  remember(update: ObservationUpdate): void {
    if (this.isEnded) return;
    const said = { ...update };
    if (said.output !== undefined && said.output !== null)
      said.output = this.sdk.recorder.jsonText(said.output, 'output');
    if (said.modelParameters !== undefined) said.modelParameters = detachedCopy(said.modelParameters);
    if (said.usage !== undefined) said.usage = detachedCopy(said.usage);
    if (said.cost !== undefined) said.cost = detachedCopy(said.cost);
    const meta = { ...this.update.meta, ...detachedCopy(said.meta) };
    this.update = { ...this.update, ...said, ...(Object.keys(meta).length > 0 ? { meta } : {}) };
  }

  /** What came before it failed, where the application said no output of its own. */
  rememberOutput(output: unknown): void {
    this.remember({ output: this.update.output ?? output });
  }

  /** The first token came now: on the clock of the start, which a `Date` is not. */
  firstTokenCame(): void {
    this.firstTokenAt ??= isoMicros();
  }

  /** Takes the end's time and values now. */
  ending(output: unknown, status: Status = 'ok'): ObservationEnding {
    const endTime = isoMicros();
    const isSilent = this.update === NOTHING_SAID;
    const said = isSilent ? undefined : { fields: this.updatedFields(), meta: this.updatedMeta() };
    const given = this.update.output ?? output;
    const json = given === undefined ? undefined : this.sdk.recorder.jsonText(given, 'output');
    return new ObservationEnding(status, endTime, json, said);
  }

  /** The end of a step that waits for a person. @param interrupts what is asked; kept in its meta */
  interruption(interrupts: unknown): ObservationEnding {
    if (interrupts !== undefined) this.remember({ meta: { interrupts } });
    return this.ending(undefined, 'interrupted');
  }

  /** Sends an end taken before. */
  end(ending: ObservationEnding, stateAfter?: unknown): void {
    if (this.isEnded) return;
    const { said, status, endTime, output } = ending;
    this.isEnded = true;
    if (said !== undefined || stateAfter !== undefined) {
      const times = { completion_start_time: this.firstTokenAt, ...said?.fields, end_time: endTime };
      const payloads = { output, meta: said?.meta, state_after: stateAfter };
      this.record('observation_end', { ...times, status }, payloads);
      return;
    }
    const header = new ObservationEndHeader(this, ending, this.firstTokenAt);
    const { recorder } = this.sdk;
    recorder.recordTexts(this.trace.projectId, header, output, this.takeStart());
  }

  /** Adds the state after the step to an observation whose end was sent before. */
  completeState(stateAfter: unknown): void {
    this.record('observation_update', { timestamp: isoMicros() }, { state_after: stateAfter });
  }

  /** Adds the input to an observation that began before it was known. */
  completeInput(input: unknown): void {
    this.record('observation_update', { timestamp: isoMicros() }, { input });
  }

  /** Ends with what was thrown: an error, or LangGraph's ways to wait for a person and to command the graph above. */
  fail(error: unknown): void {
    const outcome = outcomeOf(error);
    if (outcome.kind === 'answered') this.end(this.ending(outcome.output));
    else if (outcome.kind === 'interrupted') this.end(this.interruption(outcome.interrupts));
    else this.failWith(error);
  }

  private failWith(error: unknown): void {
    if (this.isEnded) return;
    this.isEnded = true;
    const fields = { ...this.updatedFields(), ...errorFields(error), end_time: isoMicros() };
    this.record('observation_error', fields, { error, output: this.update.output, meta: this.updatedMeta() });
  }

  private updatedMeta(): ObservationStart['meta'] {
    return this.update.meta === undefined ? undefined : { ...this.startMeta, ...this.update.meta };
  }

  private updatedFields(): { readonly [field: string]: unknown } {
    const { name, model, modelParameters, usage, cost, level, statusMessage, completionStartTime } =
      this.update;
    return {
      name,
      model,
      model_parameters: modelParameters,
      usage,
      cost,
      // The server refuses an event with a wrong level or time, and with it the observation's end.
      level: isLevel(level) ? level : undefined,
      status_message: statusMessage,
      completion_start_time:
        quietly(() => completionStartTime && isoMicros(completionStartTime.getTime())) ?? this.firstTokenAt,
    };
  }

  private record(
    type: 'observation_end' | 'observation_error' | 'observation_update',
    fields: { readonly [field: string]: unknown },
    payloads: Payloads,
  ): void {
    const { id, projectId } = this.trace;
    const header = { event_type: type, trace_id: id, observation_id: this.id, ...fields };
    const start = type === 'observation_update' ? undefined : this.takeStart();
    this.sdk.recorder.recordOwn(projectId, header, payloads, start);
  }

  private takeStart(): BufferedEvent | undefined {
    const start = this.startEvent;
    this.startEvent = undefined;
    return start;
  }
}
