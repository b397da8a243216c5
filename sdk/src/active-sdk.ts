import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type DropReason, ENTRY_MAX_BYTES, type ProducerCounters } from './contract/index.ts';
import { EventBuffer } from './delivery/event-buffer.ts';
import { EventRecorder } from './recording/event-recorder.ts';
import { type Stoppable } from './exit-hooks.ts';
import { GraphDeclarations } from './graph/graph-declarations.ts';
import { Heartbeat } from './connection/heartbeat.ts';
import { type HeartbeatStream } from './connection/heartbeat-stream.ts';
import { type AnyDelivery, makeDelivery } from './delivery/make-delivery.ts';
import { reasonOf, say } from './log.ts';
import { openSdks } from './open-sdks.ts';
import { type ResolvedOptions } from './options.ts';
import { PayloadCapture } from './payloads/payload-capture.ts';
import { quietly } from './quietly.ts';
import { sdkState } from './sdk-state.ts';
import { SDK_VERSION } from './sdk-version.ts';
import { cancel, later, monotonicMs, nextTurn, nextTurnIfAny, type Timer } from './timers.ts';
import { TracingSwitch } from './connection/tracing-switch.ts';
import { within } from './within.ts';

/** What an entry takes beside its one event, with room for escapes in the header: together they must be accepted. */
const ENVELOPE_BYTES = 16 * 1024;
/** Where a process that was about to end is still there so much later, it goes on, and says so. */
const RESUME_MS = 50;

/** Everything that runs between initialisation and shutdown. */
export class ActiveSdk implements Stoppable {
  readonly options: ResolvedOptions;
  readonly tracingSwitch = new TracingSwitch();
  readonly instanceId = randomUUID();
  private readonly startedAt = new Date().toISOString();
  readonly declarations = new GraphDeclarations(this);
  private readonly ownRecorder: EventRecorder;
  private readonly buffer: EventBuffer;
  private readonly delivery: AnyDelivery | undefined;
  private readonly heartbeatStream: HeartbeatStream | undefined;
  private heartbeat: Heartbeat | undefined;
  private closing: Promise<void> | undefined;
  private isClosed = false;
  /** The process was about to end, and goodbye is said; at most a last word was recorded since. */
  private isResting = false;
  private resumeTimer: Timer | undefined;

  constructor(options: ResolvedOptions) {
    this.options = options;
    const maxEventBytes = Math.min(options.maxEventBytes, ENTRY_MAX_BYTES - ENVELOPE_BYTES);
    const { maxBufferBytes: maxBytes, projectId } = options;
    this.buffer = new EventBuffer({ maxBytes, maxEventBytes, instanceId: this.instanceId, projectId });
    const ways = makeDelivery(options, { buffer: this.buffer, tracingSwitch: this.tracingSwitch });
    this.delivery = ways?.delivery;
    this.heartbeatStream = ways?.heartbeatStream;
    this.ownRecorder = new EventRecorder({
      capture: new PayloadCapture(options),
      maxEventBytes,
      buffer: this.buffer,
      refusal: () => this.refusal,
      notify: () => this.recorded(),
    });
  }

  /** Whether new traces may start. */
  get isTracing(): boolean {
    return this.options.projectId !== undefined && this.delivery !== undefined && this.tracingSwitch.enabled;
  }

  /** Whether there is a way for events at all. */
  get canPublish(): boolean {
    return this.delivery !== undefined;
  }

  /** Whether events of that project may be sent: over HTTP a key speaks for its own only. */
  accepts(projectId: string): boolean {
    return this.options.redisUrl !== undefined || projectId === this.options.projectId;
  }

  /**
   * Where its traces record. Traces that still run when the SDK is initialised anew go on with its successor, where that
   * is of the same project: their ends would be lost otherwise.
   */
  get recorder(): EventRecorder {
    const { active } = sdkState();
    const isReplaced = this.closing !== undefined && active !== undefined && active !== this;
    const isHeir = isReplaced && active.canPublish && active.options.projectId === this.options.projectId;
    return isHeir ? active.recorder : this.ownRecorder;
  }

  start(): void {
    openSdks().add(this);
    this.delivery?.start();
    // Nobody waits for it: making it and its first beat are no part of the call.
    nextTurn(() => this.startHeartbeat());
  }

  /** Counters of a project's events since start. */
  counters(projectId: string): ProducerCounters {
    return this.buffer.counters(projectId, this.tracingSwitch.version);
  }

  async flush(timeoutMs: number): Promise<boolean> {
    this.declarations.settle();
    return (await this.delivery?.flush(timeoutMs)) ?? true;
  }

  /** Sends what is buffered, says goodbye, closes. Takes at most the time; safe to call twice. */
  shutdown(timeoutMs: number): Promise<void> {
    // One that runs already may have been given more time.
    if (this.closing !== undefined) return within(this.closing, timeoutMs);
    this.closing = this.close(timeoutMs);
    return this.closing;
  }

  get isBusy(): boolean {
    if (this.isResting || this.closing !== undefined) return false;
    return this.buffer.bytes > 0 || this.heartbeat?.owesGoodbye === true;
  }

  async rest(timeoutMs: number): Promise<void> {
    this.isResting = true;
    cancel(this.resumeTimer);
    await this.sendAll(timeoutMs, this.heartbeat?.pause(timeoutMs));
    if (this.isResting) this.goOnSoon();
  }

  /** The process ends with this tick. Never throws. */
  leave(): void {
    quietly(() => this.delivery?.leave());
  }

  private async close(timeoutMs: number): Promise<void> {
    await this.sendAll(timeoutMs, this.heartbeat?.stop(timeoutMs));
    this.isClosed = true;
    this.buffer.dropAll('shutdown');
    this.delivery?.close();
    openSdks().remove(this);
    const state = sdkState();
    if (state.active === this) state.active = undefined;
  }

  private async sendAll(timeoutMs: number, goodbye: Promise<void> | undefined): Promise<void> {
    const deadline = monotonicMs() + timeoutMs;
    await Promise.allSettled([goodbye, this.flush(timeoutMs)]);
    // What was recorded while the goodbye was said.
    const leftMs = deadline - monotonicMs();
    if (leftMs > 0) await this.flush(leftMs);
  }

  private recorded(): void {
    if (this.isResting) this.wake();
    else this.delivery?.notify();
  }

  private wake(): void {
    // A last word of the application in its own listener of `beforeExit`: waking for it would bring about the next one.
    if (openSdks().isEnding) return nextTurnIfAny(() => this.delivery?.notify());
    this.isResting = false;
    this.heartbeat?.revived();
    this.delivery?.notify();
    this.goOnSoon();
  }

  /** Holds nothing: in a process that ends it never comes to it. */
  private goOnSoon(): void {
    cancel(this.resumeTimer);
    this.resumeTimer = later(() => {
      this.isResting = false;
      this.heartbeat?.resume();
    }, RESUME_MS);
  }

  private get refusal(): DropReason | undefined {
    if (this.isClosed) return 'shutdown';
    return this.delivery?.isFull === true ? 'stream_full' : undefined;
  }

  private startHeartbeat(): void {
    if (this.closing !== undefined) return;
    try {
      this.heartbeat = this.makeHeartbeat();
      this.heartbeat?.start();
    } catch (error) {
      const line = `⚠️ SwisperStudio: no heartbeats: ${reasonOf(error)}`;
      say(this.options.logger, { level: 'warn', lines: [line] });
    }
  }

  private makeHeartbeat(): Heartbeat | undefined {
    const { apiUrl, apiKey, projectId, environment, version, verifyConnectivity, logger } = this.options;
    const http = apiUrl === undefined || apiKey === undefined ? undefined : { apiUrl, apiKey };
    const stream = this.heartbeatStream;
    if (projectId === undefined || (http ?? stream) === undefined) return undefined;
    return new Heartbeat({
      http,
      stream,
      intervalSeconds: this.options.heartbeatIntervalSeconds,
      verifyConnectivity,
      logger,
      identity: {
        project_id: projectId,
        instance_id: this.instanceId,
        environment,
        version,
        sdk_version: SDK_VERSION,
        host: hostname(),
        started_at: this.startedAt,
      },
      counters: () => this.counters(projectId),
      tracingSwitch: this.tracingSwitch,
    });
  }
}
