import { type ProducerCounters, messages } from '../contract/index.ts';
import { type Attempt, type EntryDraft, type EntrySink } from './entry-sink.ts';
import { type Batch } from './event-buffer.ts';
import { type HttpAnswer, HttpClient, NoAnswer } from '../connection/http-client.ts';
import { HttpSwitch } from '../connection/http-switch.ts';
import { isObject } from '../field-of.ts';
import { SendingTime } from './sending-time.ts';
import { reasonOf, say, type SdkLogger } from '../log.ts';
import { type TracingSwitch } from '../connection/tracing-switch.ts';

const EVENTS_PATH = '/api/v1/events';
/** The server answers within two seconds; slow lines and TLS take theirs. */
const TIMEOUT_MS = 10_000;
/** What cannot work before somebody has changed something: the key, the project, the address. */
const SLOW_RETRY_MS = 30_000;
const LONGEST_WAIT_MS = 60_000;

export interface HttpTransportOptions {
  apiUrl: string;
  apiKey: string;
  /** The key's project. */
  projectId: string;
  logger: SdkLogger;
}

/** One POST /events, as long as it is not taken. */
export interface HttpEntryWire {
  envelope: {
    readonly project_id: string;
    readonly instance_id: string;
    readonly seq: number;
    readonly n: number;
    readonly counters: ProducerCounters;
    sent_at: string;
  };
  /** Of the body, what follows the envelope's fields. */
  readonly events: Buffer;
  readonly sendingTime: SendingTime;
}

function wireOf({ projectId, instanceId, seq, n, counters, events }: Batch): HttpEntryWire {
  const sendingTime = new SendingTime();
  const sentAt = sendingTime.date.toISOString();
  return {
    envelope: { project_id: projectId, instance_id: instanceId, seq, n, counters, sent_at: sentAt },
    events: Buffer.from(`,"events":[${events.map((event) => event.json()).join(',')}]}`),
    sendingTime,
  };
}

function bodyOf({ envelope, events, sendingTime }: HttpEntryWire): Buffer {
  if (sendingTime.renew()) envelope.sent_at = sendingTime.date.toISOString();
  return Buffer.concat([Buffer.from(JSON.stringify(envelope).slice(0, -1)), events]);
}

/** Milliseconds of a `Retry-After` in seconds or as a date, at most a minute; undefined without one. */
function retryAfterMs(header: string | undefined, nowMs: number = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), LONGEST_WAIT_MS) : undefined;
}

/** The first thing a problem document says about single events or fields, else its detail. */
function detailOf(json: unknown): string {
  if (!isObject(json)) return 'no reason given';
  const errors: unknown = json['errors'];
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const text = isObject(first) ? first['message'] : json['detail'];
  return typeof text === 'string' ? text : 'no reason given';
}

const isProblem = ({ headers }: HttpAnswer): boolean =>
  headers['content-type']?.startsWith('application/problem+json') === true;

/**
 * The way over HTTP, for programs that reach the server and no Redis: one POST per entry. Numbered as on the stream, so
 * that what is sent again after a lost answer is stored once. Never rejects and never throws.
 */
export class HttpTransport implements EntrySink<HttpEntryWire> {
  private readonly options: HttpTransportOptions;
  private readonly tracingSwitch: TracingSwitch;
  private readonly client: HttpClient;
  private readonly poll: HttpSwitch;
  private hasComplained = false;
  private hasToldRefusal = false;

  constructor(options: HttpTransportOptions, tracingSwitch: TracingSwitch) {
    this.options = options;
    this.tracingSwitch = tracingSwitch;
    this.client = new HttpClient(options.apiUrl, { 'x-api-key': options.apiKey });
    this.poll = new HttpSwitch(this.client, options.projectId, tracingSwitch);
  }

  /** What is refused gives its numbers back, which it can only while none that follow it are given. */
  readonly entriesTogether = 1;
  readonly roomBytes = Infinity;

  /** Whether the server can be reached is found out by sending. */
  readonly isReady = true;

  get isFull(): boolean {
    return this.tracingSwitch.full;
  }

  start(wake: () => void): void {
    this.poll.start(wake);
  }

  async prepare(): Promise<void> {
    return Promise.resolve();
  }

  startEntry(): EntryDraft<HttpEntryWire> {
    return { body: undefined, finish: wireOf };
  }

  send(wires: readonly HttpEntryWire[]): Promise<Attempt[]> {
    return Promise.all(wires.map((wire) => this.post(wire)));
  }

  close(): void {
    this.poll.close();
    this.client.close();
  }

  private async post(wire: HttpEntryWire): Promise<Attempt> {
    try {
      const answer = await this.client.request({
        method: 'POST',
        path: EVENTS_PATH,
        body: bodyOf(wire),
        timeoutMs: TIMEOUT_MS,
      });
      return this.judge(answer);
    } catch (error) {
      this.complain(reasonOf(error));
      return { kind: 'failed', mayHaveArrived: !(error instanceof NoAnswer) || error.mayHaveArrived };
    }
  }

  private judge(answer: HttpAnswer): Attempt {
    const { status, json } = answer;
    const isTaken = status >= 200 && status < 300 && isObject(json) && json['status'] === 'accepted';
    if (isTaken) return this.taken(json);
    // Final only in the server's own words: what stands before it may be wrong for a while.
    if ((status === 400 || status === 422) && isProblem(answer)) {
      this.tellRefusal(json);
      return { kind: 'refused', reason: 'refused' };
    }
    if (status === 413) {
      this.tellRefusal(json);
      return { kind: 'refused', reason: 'oversize' };
    }
    return this.postponed(answer);
  }

  private taken(json: { readonly [field: string]: unknown }): Attempt {
    this.hasComplained = false;
    this.tracingSwitch.applyAnswer(json);
    const rejected: unknown = json['rejected'];
    // Kept there as dead letters under their numbers, so they are not dropped.
    if (Array.isArray(rejected) && rejected.length > 0) this.tellRefusal({ errors: rejected.map(messageOf) });
    return { kind: 'taken' };
  }

  private postponed({ status, headers, json }: HttpAnswer): Attempt {
    if (status === 503) this.poll.look();
    const isBusy = status >= 500 || status === 429 || status === 408 || status === 425;
    this.complain(
      `${String(status)} ${isObject(json) ? detailOf(json) : 'from something else than the server'}`,
    );
    const afterMs = isBusy ? retryAfterMs(headers['retry-after']) : SLOW_RETRY_MS;
    // A gateway's 5xx may stand for a lost answer.
    return { kind: 'failed', mayHaveArrived: status >= 500, ...(afterMs === undefined ? {} : { afterMs }) };
  }

  private complain(reason: string): void {
    if (this.hasComplained) return;
    this.hasComplained = true;
    say(this.options.logger, messages.heldBack(reason));
  }

  /** Once: a program that sends such events sends many. */
  private tellRefusal(json: unknown): void {
    if (this.hasToldRefusal) return;
    this.hasToldRefusal = true;
    const errors: unknown = isObject(json) ? json['errors'] : undefined;
    say(
      this.options.logger,
      messages.eventsRefused(Array.isArray(errors) ? errors.length : 1, detailOf(json)),
    );
  }
}

function messageOf(rejected: unknown): { message: string } {
  const { reason, detail } = isObject(rejected) ? rejected : {};
  return { message: `${String(reason)}: ${String(detail)}` };
}
