import { type ActiveSdk } from '../active-sdk.ts';
import { outcomeOf } from './bubble-up.ts';
import { detachedCopy } from './capturing.ts';
import { isoMicros } from '../clock.ts';
import { isLevel, type Level, type Status } from '../contract/index.ts';
import { errorFields, type Payloads } from './event-recorder.ts';
import { TraceEndHeader, TraceStartHeader } from './own-headers.ts';
import { uuidV7 } from '../uuid-v7.ts';

export interface TraceStart {
  name: string;
  input?: unknown;
  userId?: unknown;
  sessionId?: unknown;
  meta?: unknown;
  tags?: readonly string[] | undefined;
}

/** What can be said about a running trace. */
export interface TraceUpdate {
  name?: string;
  /** The application's own user, any text. */
  userId?: string;
  /** Traces of one session (a chat, say) are shown together. */
  sessionId?: string;
  /** Replaces the tags said before. */
  tags?: readonly string[];
  /** Merged key by key over several updates. */
  meta?: { readonly [key: string]: unknown };
  level?: Level;
  statusMessage?: string;
  input?: unknown;
  /** Instead of what the trace ends with. Sent with the end. */
  output?: unknown;
}

const idText = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
    ? String(value)
    : undefined;

const isKeyed = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A trace that runs: it was allowed to start, so it is finished whatever the switch says meanwhile. It ends once. */
export class OpenTrace {
  readonly id = uuidV7();
  readonly projectId: string;
  readonly sdk: ActiveSdk;
  private meta: unknown;
  private output: unknown;
  private isEnded = false;

  constructor(sdk: ActiveSdk, projectId: string) {
    this.sdk = sdk;
    this.projectId = projectId;
  }

  start({ name, input, userId, sessionId, meta, tags }: TraceStart): void {
    this.meta = detachedCopy(meta);
    const about = { name, userId: idText(userId), sessionId: idText(sessionId), tags };
    const header = new TraceStartHeader(this.id, about, this.sdk.options);
    const { recorder } = this.sdk;
    if (typeof name === 'string' && tags === undefined && meta === undefined)
      recorder.recordTexts(this.projectId, header, input);
    else recorder.recordOwn(this.projectId, header, { input, meta });
  }

  /** Says more, at once; after the end nothing. */
  update({ name, userId, sessionId, tags, meta, level, statusMessage, input, output }: TraceUpdate): void {
    if (this.isEnded) return;
    if (output !== undefined)
      this.output = output === null ? null : this.sdk.recorder.jsonText(output, 'output');
    // Meta is one value: what is said now replaces what was said, so it must hold both.
    if (meta !== undefined)
      this.meta = isKeyed(this.meta) ? { ...this.meta, ...detachedCopy(meta) } : detachedCopy(meta);
    const said = {
      name,
      user_id: idText(userId),
      session_id: idText(sessionId),
      tags,
      // The server refuses an event with a wrong level, and with it the rest.
      level: isLevel(level) ? level : undefined,
      status_message: statusMessage,
    };
    const payloads = { input, meta: meta === undefined ? undefined : this.meta };
    const isEmpty = [...Object.values(said), ...Object.values(payloads)].every((each) => each === undefined);
    if (!isEmpty) this.record('trace_update', { timestamp: isoMicros(), ...said }, payloads);
  }

  end(output: unknown, status: Status = 'ok'): void {
    if (this.isEnded) return;
    this.isEnded = true;
    const header = new TraceEndHeader(this.id, status);
    const { recorder } = this.sdk;
    recorder.recordTexts(this.projectId, header, this.output ?? output);
  }

  /** Ends with what was thrown: an error, or LangGraph's way to wait for a person. */
  fail(error: unknown, output?: unknown): void {
    const outcome = outcomeOf(error);
    if (outcome.kind === 'answered') this.end(output ?? outcome.output);
    else if (outcome.kind === 'interrupted') this.end(output, 'interrupted');
    else this.failWith(error, output);
  }

  private failWith(error: unknown, output: unknown): void {
    if (this.isEnded) return;
    this.isEnded = true;
    const fields = { end_time: isoMicros(), status: 'error', ...errorFields(error) };
    this.record('trace_end', fields, { output: this.output ?? output });
  }

  private record(
    type: 'trace_update' | 'trace_end',
    fields: { readonly [field: string]: unknown },
    payloads: Payloads,
  ): void {
    const header = { event_type: type, trace_id: this.id, ...fields };
    this.sdk.recorder.recordOwn(this.projectId, header, payloads);
  }
}
