import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import {
  deriveSigningKey,
  type DropReason,
  ENTRY_MAX_BYTES,
  type EntrySigner,
  parseApiKey,
  type ProducerCounters,
} from './contract/index.ts';
import { Delivery } from './delivery.ts';
import { EventBuffer } from './event-buffer.ts';
import { EventRecorder } from './event-recorder.ts';
import { ExitHooks } from './exit-hooks.ts';
import { GraphDeclarations } from './graph-declarations.ts';
import { Heartbeat } from './heartbeat.ts';
import { HeartbeatStream } from './heartbeat-stream.ts';
import { type ResolvedOptions } from './options.ts';
import { PayloadCapture } from './payload-capture.ts';
import { sdkState } from './sdk-state.ts';
import { SDK_VERSION } from './sdk-version.ts';
import { type StreamEntryWire, StreamTransport } from './stream-transport.ts';
import { TracingSwitch } from './tracing-switch.ts';

/** What an entry takes beside its one event, with room for escapes in the header: together they must be accepted. */
const ENVELOPE_BYTES = 16 * 1024;

function signerOf({ apiKey, streamName }: ResolvedOptions): EntrySigner | undefined {
  const keyId = apiKey === undefined ? undefined : parseApiKey(apiKey)?.keyId;
  if (apiKey === undefined || keyId === undefined) return undefined;
  return { keyId, streamName, signingKey: deriveSigningKey(apiKey) };
}

/** Everything that runs between initialisation and shutdown. */
export class ActiveSdk {
  readonly options: ResolvedOptions;
  readonly tracingSwitch = new TracingSwitch();
  readonly instanceId = randomUUID();
  readonly declarations = new GraphDeclarations(this);
  private readonly ownRecorder: EventRecorder;
  private readonly buffer: EventBuffer;
  private readonly delivery: Delivery<StreamEntryWire> | undefined;
  private heartbeatStream: HeartbeatStream | undefined;
  private readonly heartbeat: Heartbeat | undefined;
  private readonly exitHooks = new ExitHooks(this);
  private closing: Promise<void> | undefined;
  private isClosed = false;

  constructor(options: ResolvedOptions) {
    this.options = options;
    const maxEventBytes = Math.min(options.maxEventBytes, ENTRY_MAX_BYTES - ENVELOPE_BYTES);
    this.buffer = new EventBuffer({ maxBytes: options.maxBufferBytes, maxEventBytes });
    this.delivery = this.makeDelivery();
    this.ownRecorder = new EventRecorder({
      capture: new PayloadCapture(options),
      maxEventBytes,
      buffer: this.buffer,
      refusal: () => this.refusal,
      notify: () => this.delivery?.notify(),
    });
    this.heartbeat = this.makeHeartbeat();
  }

  /** Whether new traces may start. */
  get isTracing(): boolean {
    return this.options.projectId !== undefined && this.delivery !== undefined && this.tracingSwitch.enabled;
  }

  /** Whether there is a Redis to publish to at all. */
  get canPublish(): boolean {
    return this.delivery !== undefined;
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
    this.exitHooks.install();
    this.delivery?.start();
    this.heartbeat?.start();
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
    this.closing ??= this.close(timeoutMs);
    return this.closing;
  }

  private async close(timeoutMs: number): Promise<void> {
    const goodbye = this.heartbeat?.stop(timeoutMs);
    await this.flush(timeoutMs);
    await goodbye;
    this.isClosed = true;
    this.buffer.dropAll('shutdown');
    this.delivery?.close();
    this.exitHooks.remove();
    const state = sdkState();
    if (state.active === this) state.active = undefined;
  }

  private get refusal(): DropReason | undefined {
    if (this.isClosed) return 'shutdown';
    return this.delivery?.isFull === true ? 'stream_full' : undefined;
  }

  private makeDelivery(): Delivery<StreamEntryWire> | undefined {
    const { redisUrl, streamName, maxStreamLength, projectId, logger } = this.options;
    if (redisUrl === undefined) return undefined;
    const signer = signerOf(this.options);
    const transport = new StreamTransport(
      { redisUrl, streamName, maxStreamLength, projectId, logger, signer, instanceId: this.instanceId },
      this.tracingSwitch,
    );
    this.heartbeatStream = new HeartbeatStream({ streamName, signer, client: () => transport.link.ready });
    return new Delivery(transport, this.buffer, () => this.tracingSwitch.version);
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
        started_at: new Date().toISOString(),
      },
      counters: () => this.counters(projectId),
      tracingSwitch: this.tracingSwitch,
    });
  }
}
