import { type HttpClient } from './http-client.ts';
import { cancel, later, monotonicMs, type Timer } from '../timers.ts';
import { type TracingSwitch } from './tracing-switch.ts';

/** What the server holds an unanswered question for at most. */
const WAIT_SECONDS = 25;
const TIMEOUT_MS = (WAIT_SECONDS + 10) * 1000;
/** Pause after an answer that came at once although there was nothing new, and between looks at a full stream. */
const POLL_MS = 5000;
/** An answer of "nothing new" that took less was not waited for. */
const WAITED_MS = 1000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;
/** After an answer that says that this cannot work: wrong key, unknown project. */
const SLOW_RETRY_MS = 60_000;

/**
 * Follows the project's switch over HTTP: one question is always open, which the server answers when there is something
 * newer. Silent, keeps the last known value whatever happens, and holds no process.
 */
export class HttpSwitch {
  private readonly client: HttpClient;
  private readonly path: string;
  private readonly tracingSwitch: TracingSwitch;
  private wake: () => void = () => undefined;
  private failures = 0;
  private timer: Timer | undefined;
  private fullTimer: Timer | undefined;
  private isLooking = false;
  private isClosed = false;

  constructor(client: HttpClient, projectId: string, tracingSwitch: TracingSwitch) {
    this.client = client;
    this.path = `/api/v1/projects/${projectId}/tracing`;
    this.tracingSwitch = tracingSwitch;
  }

  /** @param wake the stream has room again */
  start(wake: () => void): void {
    this.wake = wake;
    this.askAfter(0);
  }

  /** Asks at once, for itself: whether the stream is full changes without a new version. */
  look(): void {
    if (this.isLooking || this.isClosed) return;
    this.isLooking = true;
    void this.ask('').finally(() => {
      this.isLooking = false;
    });
  }

  close(): void {
    this.isClosed = true;
    cancel(this.timer);
    cancel(this.fullTimer);
  }

  private askAfter(ms: number): void {
    if (this.isClosed) return;
    this.timer = later(() => void this.turn(), ms);
  }

  private async turn(): Promise<void> {
    const startedAt = monotonicMs();
    const { version } = this.tracingSwitch;
    const status = await this.ask(`?version=${String(version)}&wait=${String(WAIT_SECONDS)}`);
    const isPatient = this.tracingSwitch.version > version || monotonicMs() - startedAt > WAITED_MS;
    this.askAfter(this.pauseAfter(status, isPatient));
  }

  /** @returns the status; 0: no answer */
  private async ask(query: string): Promise<number> {
    try {
      const call = { method: 'GET', path: this.path + query, timeoutMs: TIMEOUT_MS } as const;
      const { status, json } = await this.client.request(call);
      const wasFull = this.tracingSwitch.full;
      if (status === 200) this.tracingSwitch.applyConfig(json);
      if (wasFull && !this.tracingSwitch.full) this.wake();
      return status;
    } catch {
      return 0;
    } finally {
      if (this.tracingSwitch.full && !this.isClosed) {
        cancel(this.fullTimer);
        this.fullTimer = later(() => this.look(), POLL_MS);
      }
    }
  }

  private pauseAfter(status: number, isPatient: boolean): number {
    const jitter = 0.75 + Math.random() / 2;
    if (status === 200 || status === 304) {
      this.failures = 0;
      return isPatient ? 0 : POLL_MS * jitter;
    }
    if (status === 401 || status === 403 || status === 404) return SLOW_RETRY_MS * jitter;
    this.failures = Math.min(this.failures + 1, 10);
    return Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.failures - 1)) * jitter;
  }
}
