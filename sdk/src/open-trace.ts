import { type ActiveSdk } from './active-sdk.ts';
import { isoMicros } from './clock.ts';
import { type Status } from './contract/index.ts';
import { errorFields } from './event-recorder.ts';
import { uuidV7 } from './uuid-v7.ts';

export interface TraceStart {
  name: string;
  input?: unknown;
  userId?: unknown;
  sessionId?: unknown;
  meta?: unknown;
  tags?: readonly string[] | undefined;
}

const idText = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
    ? String(value)
    : undefined;

/** A trace that runs: it was allowed to start, so it is finished whatever the switch says meanwhile. */
export class OpenTrace {
  readonly id = uuidV7();
  readonly projectId: string;
  private readonly sdk: ActiveSdk;

  constructor(sdk: ActiveSdk, projectId: string) {
    this.sdk = sdk;
    this.projectId = projectId;
  }

  start({ name, input, userId, sessionId, meta, tags }: TraceStart): void {
    const { environment, version } = this.sdk.options;
    const fields = {
      trace_id: this.id,
      name,
      timestamp: isoMicros(),
      user_id: idText(userId),
      session_id: idText(sessionId),
      tags,
      environment,
      version,
    };
    this.sdk.recorder.record(this.projectId, 'trace_start', fields, { input, meta });
  }

  end(output: unknown, status: Status = 'ok'): void {
    const fields = { trace_id: this.id, end_time: isoMicros(), status };
    this.sdk.recorder.record(this.projectId, 'trace_end', fields, { output });
  }

  fail(error: unknown, output?: unknown): void {
    const fields = { trace_id: this.id, end_time: isoMicros(), status: 'error', ...errorFields(error) };
    this.sdk.recorder.record(this.projectId, 'trace_end', fields, { output });
  }
}
