import { messages, type Message, type ProducerCounters, type SentHeartbeat } from '../contract/index.ts';
import { type HeartbeatStream } from './heartbeat-stream.ts';
import { HttpClient } from './http-client.ts';
import { reasonOf, say, type SdkLogger } from '../log.ts';
import { cancel, later, monotonicMs, type Timer } from '../timers.ts';
import { type TracingSwitch } from './tracing-switch.ts';
import { within } from '../within.ts';

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
]);

/** What is the same in every beat of a process, as on the wire. */
export type HeartbeatIdentity = Pick<
  SentHeartbeat,
  'project_id' | 'instance_id' | 'environment' | 'version' | 'sdk_version' | 'host' | 'started_at'
>;

export interface HeartbeatOptions {
  /** The first way; undefined: Redis only. */
  http: { apiUrl: string; apiKey: string } | undefined;
  /** The second way: where there is no server to reach. */
  stream: HeartbeatStream | undefined;
  /** 0: only the start-up check, where asked for. */
  intervalSeconds: number;
  /** Whether the first answer is told in the log. */
  verifyConnectivity: boolean;
  logger: SdkLogger;
  identity: HeartbeatIdentity;
  counters: () => ProducerCounters;
  tracingSwitch: TracingSwitch;
}

function messageForStatus(status: number, projectId: string): Message {
  if (status === 200) return messages.verified();
  if (status === 401) return messages.apiKeyInvalid();
  if (status === 404) return messages.projectNotFound(projectId);
  return messages.otherStatus(status);
}

const partOf = (error: unknown, name: 'code' | 'name' | 'cause'): unknown =>
  typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;

function messageForError(error: unknown, apiUrl: string): Message {
  const cause = partOf(error, 'cause');
  const code = partOf(cause, 'code');
  if (partOf(cause, 'name') === 'TimeoutError' || code === 'ETIMEDOUT') return messages.timedOut();
  if (typeof code === 'string' && REFUSED_CODES.has(code)) return messages.refused(apiUrl);
  return messages.failed(reasonOf(cause ?? error));
}

/**
 * Tells the server that this instance lives: at start (with a line in the log saying what came of it), then in the
 * interval, silently. Over HTTP, and where no server answers there, over Redis. Its timers keep no process alive.
 */
export class Heartbeat {
  private readonly options: HeartbeatOptions;
  private readonly server: HttpClient | undefined;
  private timer: Timer | undefined;
  private beatNo = 0;
  private failures = 0;
  /** The server knows of this instance, or will when it reads the stream. */
  private isKnown = false;
  private isStopped = false;
  private isPaused = false;
  private isBeating = false;
  private running: Promise<unknown> | undefined;
  private goodbye: Promise<void> | undefined;

  constructor(options: HeartbeatOptions) {
    this.options = options;
    const { http } = options;
    if (http !== undefined) this.server = new HttpClient(http.apiUrl, { 'x-api-key': http.apiKey });
  }

  start(): void {
    const { http, intervalSeconds, verifyConnectivity } = this.options;
    const isWanted = intervalSeconds > 0 || (verifyConnectivity && http !== undefined);
    if (isWanted) void this.beat(verifyConnectivity ? 'told' : 'silent');
  }

  /** Whether the server takes this instance for a living one, or is about to. */
  get owesGoodbye(): boolean {
    return this.isBeating || this.isKnown;
  }

  /** As `pause`, for good. */
  async stop(timeoutMs: number): Promise<void> {
    this.isStopped = true;
    await this.pause(timeoutMs);
    this.server?.close();
  }

  /**
   * Beats no more, and says `disconnected` once where the server knows of the instance. Keeps the process alive for the time at
   * most.
   */
  async pause(timeoutMs: number): Promise<void> {
    this.isPaused = true;
    cancel(this.timer);
    if (!this.owesGoodbye) return;
    this.options.stream?.waitNoMore();
    this.goodbye = this.sayGoodbye(timeoutMs);
    await within(this.goodbye, timeoutMs);
  }

  /** Beats again after a pause. */
  resume(): void {
    if (!this.isPaused || this.isStopped) return;
    this.isPaused = false;
    this.options.stream?.waitAgain();
    if (this.options.intervalSeconds === 0) return;
    void Promise.resolve(this.goodbye).then(() => (this.isBeating ? undefined : this.beat('silent')));
  }

  /** Events were recorded after the goodbye, which bring the instance back to life: it owes another one. */
  revived(): void {
    this.isKnown ||= this.goodbye !== undefined;
  }

  private async sayGoodbye(timeoutMs: number): Promise<void> {
    const deadline = monotonicMs() + timeoutMs;
    // A beat still under way could arrive after the goodbye and bring the instance back to life.
    await this.running;
    if (!this.isKnown || !this.isPaused) return;
    const leftMs = Math.max(100, deadline - monotonicMs());
    await this.send('disconnected', Math.min(leftMs, TIMEOUT_MS), 0);
    this.isKnown = false;
  }

  private async beat(how: 'told' | 'silent'): Promise<void> {
    cancel(this.timer);
    if (this.isPaused) return;
    const sending = this.send('connected', TIMEOUT_MS, TIMEOUT_MS, how === 'told' ? this.told : undefined);
    this.running = sending;
    this.isBeating = true;
    this.failures = (await sending) ? 0 : this.failures + 1;
    this.isBeating = false;
    this.scheduleNext();
  }

  private readonly told = (message: Message): void => {
    say(this.options.logger, message);
  };

  /** A server that was away is asked again sooner, so that the instance is seen soon after it is back. */
  private scheduleNext(): void {
    const { intervalSeconds } = this.options;
    if (intervalSeconds === 0 || this.isPaused) return;
    const retryMs = this.failures === 0 ? Infinity : FIRST_RETRY_MS * 2 ** Math.min(this.failures - 1, 10);
    const delayMs = Math.min(intervalSeconds * 1000, retryMs);
    cancel(this.timer);
    this.timer = later(() => void this.beat('silent'), delayMs);
  }

  /** Whether it took the first way there is. Never rejects. */
  private async send(
    status: SentHeartbeat['status'],
    timeoutMs: number,
    connectMs: number,
    tell?: (message: Message) => void,
  ): Promise<boolean> {
    const { stream, intervalSeconds } = this.options;
    const { server } = this;
    if (server !== undefined && (await this.isAnswered(server, this.nextBeat(status), { timeoutMs, tell })))
      return true;
    if (stream === undefined || intervalSeconds === 0) return false;
    const isAdded = await stream.add(this.nextBeat(status), connectMs);
    this.isKnown ||= isAdded;
    return isAdded && server === undefined;
  }

  /** A server that refuses has answered too: on the stream it would refuse the same. */
  private async isAnswered(
    server: HttpClient,
    beat: SentHeartbeat,
    { timeoutMs, tell }: { timeoutMs: number; tell: ((message: Message) => void) | undefined },
  ): Promise<boolean> {
    try {
      const body = Buffer.from(JSON.stringify(beat));
      const { status, json } = await server.request({
        method: 'POST',
        path: HEARTBEAT_PATH,
        body,
        timeoutMs,
      });
      if (status === 200) this.options.tracingSwitch.applyAnswer(json);
      this.isKnown ||= status === 200;
      tell?.(messageForStatus(status, beat.project_id));
      return status < 500;
    } catch (error) {
      tell?.(messageForError(error, this.options.http?.apiUrl ?? ''));
      return false;
    }
  }

  private nextBeat(status: SentHeartbeat['status']): SentHeartbeat {
    const { identity, intervalSeconds, counters, tracingSwitch } = this.options;
    this.beatNo += 1;
    return {
      ...identity,
      status,
      timestamp: new Date().toISOString(),
      ...(intervalSeconds > 0 ? { interval_seconds: Math.ceil(intervalSeconds) } : {}),
      beat_no: this.beatNo,
      counters: counters(),
      config_version: tracingSwitch.version,
    };
  }
}
