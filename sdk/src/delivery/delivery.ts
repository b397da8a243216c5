import { ENTRY_CLOSE_BYTES, ENTRY_MAX_EVENTS } from '../contract/index.ts';
import { EntriesInHand, EntryInHand } from './entries-in-hand.ts';
import { type Attempt, type EntrySink, type FailedAttempt, longerPause } from './entry-sink.ts';
import { type EventBuffer, receiptOf } from './event-buffer.ts';
import { FlushTimer } from './flush-timer.ts';
import { FlushWaiters } from './flush-waiters.ts';
import { cancel, later, monotonicMs, nextTurn, type Timer } from '../timers.ts';

/** A full entry waits so long for others: at a high rate waking this process and Redis costs them more than what is written. */
const TOGETHER_MS = 25;
/** No event of a full entry waits longer: a killed process loses what waits. Less than `FlushTimer` takes, because timers are late. */
const OLDEST_MS = 45;
const FIRST_BACKOFF_MS = 100;
const LAST_BACKOFF_MS = 5000;
/** So many entries a small buffer has room for: those that wait for each other leave room for what comes meanwhile. */
const LEAST_ENTRIES = 16;
/** What a process that ends at once still writes: serialising more would hold it up. */
const LAST_ENTRIES = 8;

const UNANSWERED: FailedAttempt = { kind: 'failed', mayHaveArrived: true };

const turnOver = (): Promise<void> => new Promise((resolve) => nextTurn(resolve));

/**
 * Carries the buffer to a sink. An entry is closed after 50 ms, 100 events or 256 KB (less in a small buffer), and encoded
 * then; full ones wait 25 ms for each other to leave in one write. Nothing else leaves before all of a write are answered,
 * and what failed is resent with growing pauses until it is taken. Never rejects, never throws, and its timers keep no
 * process alive but during a flush.
 */
export class Delivery<Wire> {
  private readonly sink: EntrySink<Wire>;
  private readonly buffer: EventBuffer;
  private readonly configVersion: () => number;
  private readonly hand: EntriesInHand<Wire>;
  /** Bytes that are not kept waiting for others to fill an entry. */
  private readonly mostWaitingBytes: number;
  private readonly waiters = new FlushWaiters();
  private isPumping = false;
  private failures = 0;
  private readonly flushTimer = new FlushTimer(() => {
    this.lateUntil = this.recorded;
    void this.pump();
  });
  private handTimer: Timer | undefined;
  /** When the entries in hand are to leave at the latest, by the monotonic clock. */
  private handDueAt = 0;
  private backoffTimer: Timer | undefined;
  /** The receiver asked for a pause until then, by the monotonic clock. */
  private toldToWaitUntil = 0;
  private isClosed = false;
  /** Events that left the buffer since start. */
  private leftBuffer = 0;
  /** All events before this position have waited long enough: for others to fill an entry, or to leave together. */
  private lateUntil = 0;

  /** @param configVersion of the applied tracing configuration, for the counters */
  constructor(sink: EntrySink<Wire>, buffer: EventBuffer, configVersion: () => number) {
    this.sink = sink;
    this.buffer = buffer;
    this.configVersion = configVersion;
    this.mostWaitingBytes = Math.min(ENTRY_CLOSE_BYTES, buffer.maxBytes / LEAST_ENTRIES);
    this.hand = new EntriesInHand(sink.entriesTogether, this.mostWaitingBytes);
  }

  get isFull(): boolean {
    return this.sink.isFull;
  }

  start(): void {
    this.sink.start(() => this.wake());
  }

  /** Called after each event added to the buffer. */
  notify(): void {
    if (this.backoffTimer !== undefined) return;
    if (this.isPumping || !this.isFilled || !this.sink.isReady) {
      this.flushTimer.start(this.recorded);
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
    const now = monotonicMs();
    const isPaused = this.backoffTimer !== undefined && this.toldToWaitUntil > now;
    if (isPaused && this.toldToWaitUntil > now + timeoutMs) return false;
    const flushed = this.waiters.wait(this.recorded, timeoutMs);
    if (!isPaused) this.endBackoff();
    void this.pump();
    return flushed;
  }

  /** Writes what is left where a connection is there, and waits for nothing: the process ends with this tick. */
  leave(): void {
    if (this.isClosed || !this.sink.isReady || this.sink.isFull) return;
    // Those under way were written before; between attempts they may be waited for anything else.
    const entries = [...this.hand.waiting];
    while (entries.length < LAST_ENTRIES) {
      const entry = this.encodeNext();
      if (entry === undefined) break;
      entries.push(entry);
    }
    if (entries.length > 0) void this.send(entries);
  }

  close(): void {
    this.isClosed = true;
    this.flushTimer.stop();
    for (const timer of [this.handTimer, this.backoffTimer]) cancel(timer);
    this.sink.close();
    this.waiters.letGo(Infinity);
  }

  private get isIdle(): boolean {
    return this.hand.isEmpty && this.buffer.length === 0;
  }

  /** Events that came to the buffer since start: the position after the last. */
  private get recorded(): number {
    return this.leftBuffer + this.buffer.length;
  }

  /** What is buffered makes a whole entry. */
  private get isFilled(): boolean {
    return (
      this.buffer.length >= ENTRY_MAX_EVENTS || this.buffer.bytes - this.hand.bytes >= this.mostWaitingBytes
    );
  }

  /** While an entry fails, events are better kept in the buffer: there they are still merged. */
  private get mustEncode(): boolean {
    const { isEmpty, isFull } = this.hand;
    if (this.buffer.length === 0 || isFull || (this.failures > 0 && !isEmpty) || this.sink.isFull)
      return false;
    return this.isFilled || this.leftBuffer < this.lateUntil || !this.waiters.isEmpty;
  }

  private get mustSend(): boolean {
    const { firstPosition, isFull } = this.hand;
    if (firstPosition === undefined) return false;
    return isFull || firstPosition < this.lateUntil || !this.waiters.isEmpty;
  }

  private wake(): void {
    // One entry finds out whether what failed is over, at once.
    this.failures = Math.min(this.failures, 1);
    this.endBackoff();
    this.lateUntil = this.recorded;
    if (!this.isIdle) void this.pump();
  }

  private sendSoon(): void {
    this.handTimer ??= later(
      () => {
        this.handTimer = undefined;
        this.lateUntil = Math.max(this.lateUntil, this.leftBuffer);
        void this.pump();
      },
      Math.max(0, this.handDueAt - monotonicMs()),
    );
  }

  private async pump(): Promise<void> {
    if (this.isPumping || this.isClosed || this.backoffTimer !== undefined) return;
    this.isPumping = true;
    const failed = await this.encodeAndSend().catch(() => UNANSWERED);
    this.isPumping = false;
    if (failed !== undefined) this.backOff(failed.afterMs);
    else this.waitForMore();
  }

  /** All that is due: an entry a turn, so that nothing else is held up for long. */
  private async encodeAndSend(): Promise<FailedAttempt | undefined> {
    let failed: FailedAttempt | undefined;
    while (failed === undefined && this.sink.isReady && !this.isClosed) {
      // An entry says when it was sent: before the first is encoded, it is known whether there is room.
      if (this.mustEncode && this.hand.isEmpty) await this.sink.prepare();
      if (this.mustEncode) {
        this.encodeNext();
        if (this.mustEncode) await turnOver();
        continue;
      }
      if (!this.mustSend) break;
      await this.sink.prepare();
      const entries = this.entriesToSend();
      if (entries.length === 0) break;
      failed = await this.send(entries);
    }
    return failed;
  }

  private waitForMore(): void {
    if (this.isClosed || !this.sink.isReady || this.sink.isFull) return;
    if (this.buffer.length > 0) this.flushTimer.start(this.recorded);
    if (!this.hand.isEmpty) this.sendSoon();
  }

  private encodeNext(): EntryInHand<Wire> | undefined {
    const { since } = this.flushTimer;
    for (;;) {
      if (this.buffer.length === 0) return undefined;
      const draft = this.sink.startEntry();
      const batch = this.buffer.take(this.configVersion(), draft.body);
      if (batch === undefined) return undefined; // Never: the buffer is not empty.
      const receipt = receiptOf(batch);
      const position = this.leftBuffer;
      this.leftBuffer += batch.n;
      this.flushTimer.left(this.leftBuffer, this.recorded);
      try {
        const entry = new EntryInHand(receipt, draft.finish(batch), position);
        if (this.hand.isEmpty) this.handDueAt = Math.min(monotonicMs() + TOGETHER_MS, since + OLDEST_MS);
        this.hand.add(entry);
        return entry;
      } catch {
        // The application may have changed what all objects inherit: what follows is not held up by it.
        this.buffer.giveUp(receipt, 'invalid');
        this.tellWaiters();
      } finally {
        for (const event of batch.events) event.letGo();
      }
    }
  }

  /** Everything in hand, as far as there is room; where something has failed or there is none, one finds out whether that is over. */
  private entriesToSend(): readonly EntryInHand<Wire>[] {
    if (!this.sink.isReady || this.isClosed) return [];
    const { firstToRepeat, waiting } = this.hand;
    if (this.sink.isFull || (this.failures > 0 && firstToRepeat.length > 0)) return firstToRepeat;
    let room = this.sink.roomBytes;
    return waiting.filter(({ receipt }, index) => {
      room -= receipt.bytes;
      return index === 0 || room >= 0;
    });
  }

  private async send(entries: readonly EntryInHand<Wire>[]): Promise<FailedAttempt | undefined> {
    cancel(this.handTimer);
    this.handTimer = undefined;
    for (const entry of entries) entry.setOut();
    const attempts = await this.sink.send(entries.map(({ wire }) => wire)).catch(() => []);
    let failed: FailedAttempt | undefined;
    // From the last to the first: the numbers of refused ones can be given back in this order only.
    for (const [index, entry] of [...entries.entries()].reverse()) {
      const attempt = attempts[index] ?? UNANSWERED;
      this.judge(entry, attempt);
      if (attempt.kind === 'failed') failed = longerPause(failed, attempt);
    }
    if (failed !== undefined) this.lateUntil = Math.max(this.lateUntil, this.leftBuffer);
    this.tellWaiters();
    return failed;
  }

  private judge(entry: EntryInHand<Wire>, attempt: Attempt): void {
    if (attempt.kind === 'failed') {
      entry.hasFailed(attempt.mayHaveArrived);
      return;
    }
    this.hand.remove(entry);
    this.failures = 0;
    if (attempt.kind === 'taken' || entry.mayHaveArrived) this.buffer.release(entry.receipt);
    else this.buffer.giveUp(entry.receipt, attempt.reason);
  }

  private tellWaiters(): void {
    this.waiters.reached(this.hand.firstPosition ?? this.leftBuffer);
  }

  private backOff(atLeastMs = 0): void {
    if (this.isClosed) return;
    const grownMs = Math.min(LAST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.failures);
    this.failures = Math.min(this.failures + 1, 10);
    if (atLeastMs > 0) {
      this.toldToWaitUntil = monotonicMs() + atLeastMs;
      this.waiters.letGo(this.toldToWaitUntil);
    }
    const delayMs = Math.max(atLeastMs * (1 + Math.random() / 4), grownMs * (0.75 + Math.random() / 2));
    this.backoffTimer = later(() => {
      this.backoffTimer = undefined;
      this.lateUntil = this.recorded;
      void this.pump();
    }, delayMs);
  }

  private endBackoff(): void {
    cancel(this.backoffTimer);
    this.backoffTimer = undefined;
  }
}
