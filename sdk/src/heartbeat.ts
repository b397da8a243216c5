import { messages, type Message, type ProducerCounters } from './contract/index.ts';
import { reasonOf, say, type SdkLogger } from './log.ts';
import { type TracingSwitch } from './tracing-switch.ts';

const TIMEOUT_MS = 3000;
const FIRST_RETRY_MS = 2000;
const HEARTBEAT_PATH = '/api/v1/projects/heartbeat';
const REFUSED_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_SOCKET',
]);

export interface HeartbeatOptions {
  apiUrl: string;
  apiKey: string;
  projectId: string;
  /** 0: only the start-up check, where asked for. */
  intervalSeconds: number;
  /** Whether the first answer is told in the log. */
  verifyConnectivity: boolean;
  logger: SdkLogger;
  /** Fields that never change, as on the wire. */
  identity: { readonly [field: string]: string | undefined };
  counters: () => ProducerCounters;
  tracingSwitch: TracingSwitch;
}

function messageForStatus(status: number, projectId: string): Message {
  if (status === 200) return messages.verified();
  if (status === 401) return messages.apiKeyInvalid();
  if (status === 404) return messages.projectNotFound(projectId);
  return messages.otherStatus(status);
}

const partOf = (error: unknown, name: 'code' | 'name' | 'cause' | 'errors'): unknown =>
  typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;

/** The system's code of a failed fetch: it stands in the cause, or in the first cause of several attempts. */
function codeOf(error: unknown, depth = 0): string {
  const code = partOf(error, 'code');
  if (typeof code === 'string') return code;
  const errors = partOf(error, 'errors');
  const next: unknown = Array.isArray(errors) ? errors[0] : partOf(error, 'cause');
  return next === undefined || depth > 3 ? '' : codeOf(next, depth + 1);
}

function messageForError(error: unknown, apiUrl: string): Message {
  const code = codeOf(error);
  if (partOf(error, 'name') === 'TimeoutError' || code === 'UND_ERR_CONNECT_TIMEOUT')
    return messages.timedOut();
  if (REFUSED_CODES.has(code)) return messages.refused(apiUrl);
  return messages.failed(reasonOf(partOf(error, 'cause') ?? error));
}

/**
 * Tells the server that this instance lives: at start (with a line in the log saying what came of it), then in the
 * interval, silently. Its timers keep no process alive.
 */
export class Heartbeat {
  private readonly options: HeartbeatOptions;
  private timer: NodeJS.Timeout | undefined;
  private beatNo = 0;
  private failures = 0;
  private isStopped = false;
  private running: Promise<unknown> | undefined;

  constructor(options: HeartbeatOptions) {
    this.options = options;
  }

  start(): void {
    const { intervalSeconds, verifyConnectivity } = this.options;
    if (verifyConnectivity || intervalSeconds > 0) setImmediate(() => void this.check());
  }

  /** Stops, and says `disconnected` once, within the time. */
  async stop(timeoutMs: number): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    if (this.beatNo === 0) return;
    const deadline = performance.now() + timeoutMs;
    // A beat still under way could arrive after the goodbye and bring the instance back to life.
    await Promise.race([this.running, new Promise((resolve) => setTimeout(resolve, timeoutMs).unref())]);
    const leftMs = Math.max(100, deadline - performance.now());
    await this.send('disconnected', Math.min(leftMs, TIMEOUT_MS)).catch(() => undefined);
  }

  private async check(): Promise<void> {
    const { apiUrl, projectId, logger, verifyConnectivity } = this.options;
    let message: Message | undefined;
    await this.beat(
      (status) => (message = messageForStatus(status, projectId)),
      (error) => (message = messageForError(error, apiUrl)),
    );
    if (verifyConnectivity && message !== undefined) say(logger, message);
  }

  private async beat(onAnswer?: (status: number) => void, onError?: (error: unknown) => void): Promise<void> {
    if (this.isStopped) return;
    let hasAnswer = false;
    const sending = this.send('connected', TIMEOUT_MS).then(
      (status) => {
        hasAnswer = status < 500;
        onAnswer?.(status);
      },
      (error: unknown) => onError?.(error),
    );
    this.running = sending;
    await sending;
    this.failures = hasAnswer ? 0 : this.failures + 1;
    this.scheduleNext();
  }

  /** A server that was away is asked again sooner, so that the instance is seen soon after it is back. */
  private scheduleNext(): void {
    const { intervalSeconds } = this.options;
    if (intervalSeconds === 0 || this.isStopped) return;
    const retryMs = this.failures === 0 ? Infinity : FIRST_RETRY_MS * 2 ** Math.min(this.failures - 1, 10);
    const delayMs = Math.min(intervalSeconds * 1000, retryMs);
    this.timer = setTimeout(() => void this.beat(), delayMs).unref();
  }

  private async send(status: 'connected' | 'disconnected', timeoutMs: number): Promise<number> {
    const { apiUrl, apiKey, projectId, identity, intervalSeconds, counters, tracingSwitch } = this.options;
    this.beatNo += 1;
    const response = await fetch(`${apiUrl}${HEARTBEAT_PATH}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      body: JSON.stringify({
        project_id: projectId,
        status,
        timestamp: new Date().toISOString(),
        ...identity,
        ...(intervalSeconds > 0 ? { interval_seconds: Math.ceil(intervalSeconds) } : {}),
        beat_no: this.beatNo,
        counters: counters(),
        config_version: tracingSwitch.version,
      }),
    });
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.status === 200) tracingSwitch.applyAnswer(answer);
    return response.status;
  }
}
