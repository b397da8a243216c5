import { ENTRY_CLOSE_BYTES, ENTRY_MAX_EVENTS, type DropReason } from '../contract/index.ts';
import { type Batch, type BatchReceipt, type EventBuffer } from './event-buffer.ts';
import { cancel, holdingLater, later, monotonicMs, nextTurn, type Timer } from '../timers.ts';

const FLUSH_MS = 50;
const FIRST_BACKOFF_MS = 100;
const LAST_BACKOFF_MS = 5000;
/** What a process that ends at once still writes: serialising more would hold it up. */
const LAST_ENTRIES = 8;

/** What came of one attempt to send an entry. */
export type Attempt =
  /** Acknowledged. */
  | { kind: 'taken' }
  /** Not acknowledged: the same bytes are sent again, and not before `afterMs` where given. */
  | { kind: 'failed'; mayHaveArrived: boolean; afterMs?: number }
  /** Never will be: it is given up, and its events counted as dropped. */
  | { kind: 'refused'; reason: DropReason };

/** Where entries go. Nothing of it rejects or throws. */
export interface EntrySink<Wire> {
  /** Whether an entry can be sent now; where not, `wake` of `start` is called once it can. */
  readonly isReady: boolean;
  /** Nothing is to be added there: events stay in the buffer, and new ones are to be dropped as `stream_full`. */
  readonly isFull: boolean;
  /** Connects on a later tick. @param wake sending may work now, at once */
  start(wake: () => void): void;
  /** What it has to find out before more is sent. */
  prepare(): Promise<void>;
  /** The entry as it travels; kept and resent unchanged until it is taken. */
  encode(batch: Batch): Wire;
  send(wire: Wire): Promise<Attempt>;
  close(): void;
}

interface PendingEntry<Wire> {
  /** Not the batch itself: its texts would be held twice. */
  receipt: BatchReceipt;
  wire: Wire;
  /** An attempt ended without a word: its numbers may be used up. */
  mayHaveArrived: boolean;
  /** Handed to the sink, which has not answered yet. */
  isUnderWay: boolean;
}

/** A flush waits for what was recorded before it, not for what keeps coming. */
interface Waiter {
  /** What `settled` is to reach. */
  until: number;
  /** By the monotonic clock. */
  deadline: number;
  settle: () => void;
}

/**
 * Carries the buffer to a sink: at most one entry in flight, closed after 50 ms, 100 events or 256 KB, resent with growing
 * pauses until it is taken. Never rejects, never throws, and its timers keep no process alive but during a flush.
 */
export class Delivery<Wire> {
  private readonly sink: EntrySink<Wire>;
  private readonly buffer: EventBuffer;
  private readonly configVersion: () => number;
  private pending: PendingEntry<Wire> | undefined;
  private isPumping = false;
  private failures = 0;
  private flushTimer: Timer | undefined;
  /** Something has waited its 50 ms. */
  private isLate = false;
  private backoffTimer: Timer | undefined;
  /** The receiver asked for a pause until then, by the monotonic clock. */
  private toldToWaitUntil = 0;
  private isClosed = false;
  /** Events taken or given up since start. */
  private settled = 0;
  private readonly waiting = new Set<Waiter>();

  /** @param configVersion of the applied tracing configuration, for the counters */
  constructor(sink: EntrySink<Wire>, buffer: EventBuffer, configVersion: () => number) {
    this.sink = sink;
    this.buffer = buffer;
    this.configVersion = configVersion;
  }

  get isFull(): boolean {
    return this.sink.isFull;
  }

  private get isIdle(): boolean {
    return this.pending === undefined && this.buffer.length === 0;
  }

  start(): void {
    this.sink.start(() => this.wake());
  }

  /** Called after each event added to the buffer. */
  notify(): void {
    if (this.backoffTimer !== undefined) return;
    if (this.isPumping || !this.isFilled) {
      this.flushSoon();
      return;
    }
    this.isPumping = true;
    nextTurn(() => {
      this.isPumping = false;
      void this.pump();
    });
  }

  /**
   * True when nothing that was recorded before is left here within the time: it was acknowledged, or refused for good.
   * Keeps the process alive until then; false at once where the receiver asked for a longer pause.
   */
  async flush(timeoutMs: number): Promise<boolean> {
    if (this.isIdle) return true;
    const deadline = monotonicMs() + timeoutMs;
    const isPaused = this.backoffTimer !== undefined && this.toldToWaitUntil > monotonicMs();
    if (isPaused && this.toldToWaitUntil > deadline) return false;
    const until = this.settled + (this.pending?.receipt.n ?? 0) + this.buffer.length;
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        cancel(timer);
        this.waiting.delete(waiter);
        resolve();
      };
      // Not unref'd: the one thing that holds the process.
      const timer = holdingLater(settle, timeoutMs);
      const waiter = { until, deadline, settle };
      this.waiting.add(waiter);
      if (!isPaused) this.endBackoff();
      void this.pump();
    });
    return this.settled >= until;
  }

  /** Writes what is left where a connection is there, and waits for nothing: the process ends with this tick. */
  leave(): void {
    // One that is under way was written before; between attempts it may be waited for anything else.
    let waiting = this.pending?.isUnderWay === false ? this.pending : undefined;
    for (let written = 0; written < LAST_ENTRIES; written++) {
      if (this.isClosed || !this.sink.isReady || this.sink.isFull) return;
      const entry = waiting ?? this.encodeNext();
      if (entry === undefined) return;
      waiting = undefined;
      void this.sink.send(entry.wire);
    }
  }

  close(): void {
    this.isClosed = true;
    cancel(this.flushTimer);
    cancel(this.backoffTimer);
    this.sink.close();
    for (const { settle } of [...this.waiting]) settle();
  }

  private wake(): void {
    this.failures = 0;
    this.endBackoff();
    if (!this.isIdle) void this.pump();
  }

  /** What is buffered makes a whole entry. */
  private get isFilled(): boolean {
    return this.buffer.length >= ENTRY_MAX_EVENTS || this.buffer.bytes >= ENTRY_CLOSE_BYTES;
  }

  private flushSoon(): void {
    this.flushTimer ??= later(() => {
      this.flushTimer = undefined;
      this.isLate = true;
      void this.pump();
    }, FLUSH_MS);
  }

  private async pump(): Promise<void> {
    if (this.isPumping || this.isClosed || this.backoffTimer !== undefined) return;
    this.isPumping = true;
    let attempt: Attempt | undefined;
    while (attempt?.kind !== 'failed') {
      if (this.isIdle || !this.sink.isReady) break;
      // What came while an entry was in flight is no entry yet: small ones cost as much as large ones.
      const isDue = attempt === undefined || this.isLate || this.isFilled || this.waiting.size > 0;
      if (!isDue) break;
      await this.sink.prepare();
      if (!this.sink.isFull) this.pending ??= this.encodeNext();
      if (this.pending === undefined || !this.sink.isReady) break;
      attempt = await this.send(this.pending);
    }
    this.isPumping = false;
    if (attempt?.kind === 'failed') this.backOff(attempt.afterMs);
    else if (attempt !== undefined && !this.isIdle && !this.isClosed) this.flushSoon();
  }

  private encodeNext(): PendingEntry<Wire> | undefined {
    cancel(this.flushTimer);
    this.flushTimer = undefined;
    this.isLate = false;
    for (;;) {
      const batch = this.buffer.take(this.configVersion());
      if (batch === undefined) return undefined;
      const { projectId, seq, n, bytes } = batch;
      const receipt = { projectId, seq, n, bytes };
      try {
        return { receipt, wire: this.sink.encode(batch), mayHaveArrived: false, isUnderWay: false };
      } catch {
        // The application may have changed what all objects inherit: what follows is not held up by it.
        this.buffer.giveUp(receipt, 'invalid');
        this.settle(n);
      }
    }
  }

  private settle(events: number): void {
    this.settled += events;
    for (const { until, settle } of [...this.waiting]) if (this.settled >= until) settle();
  }

  private async send(entry: PendingEntry<Wire>): Promise<Attempt> {
    entry.isUnderWay = true;
    const attempt = await this.sink.send(entry.wire);
    entry.isUnderWay = false;
    if (attempt.kind === 'failed') {
      entry.mayHaveArrived ||= attempt.mayHaveArrived;
      return attempt;
    }
    if (attempt.kind === 'taken' || entry.mayHaveArrived) this.buffer.release(entry.receipt);
    else this.buffer.giveUp(entry.receipt, attempt.reason);
    this.pending = undefined;
    this.failures = 0;
    this.settle(entry.receipt.n);
    return attempt;
  }

  private backOff(atLeastMs = 0): void {
    if (this.isClosed) return;
    const grownMs = Math.min(LAST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.failures);
    this.failures = Math.min(this.failures + 1, 10);
    if (atLeastMs > 0) this.pauseUntil(monotonicMs() + atLeastMs);
    const delayMs = Math.max(atLeastMs * (1 + Math.random() / 4), grownMs * (0.75 + Math.random() / 2));
    this.backoffTimer = later(() => {
      this.backoffTimer = undefined;
      void this.pump();
    }, delayMs);
  }

  /** Who would wait in vain is let go. */
  private pauseUntil(time: number): void {
    this.toldToWaitUntil = time;
    for (const { deadline, settle } of [...this.waiting]) if (deadline < time) settle();
  }

  private endBackoff(): void {
    cancel(this.backoffTimer);
    this.backoffTimer = undefined;
  }
}
