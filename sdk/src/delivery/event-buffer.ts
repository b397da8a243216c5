import { type BufferedEvent } from './buffered-event.ts';
import {
  ENTRY_CLOSE_BYTES,
  ENTRY_MAX_EVENTS,
  type DropReason,
  type EventType,
  type ProducerCounters,
} from '../contract/index.ts';
import { type EntryBody } from '../contract/entry-body.ts';
import { MAX_BYTES_PER_CHAR } from '../payloads/snapshot.ts';
import { ProjectAccounts } from './project-accounts.ts';

/** More than ever wait while events can be sent. */
const MAX_UNWRITTEN = 256;

/** What an event takes in memory beside its texts: many small ones would hold several times their size. */
const OBJECT_BYTES = 320;

/** What the buffer has to know of a batch when it is gone. */
export interface BatchReceipt {
  projectId: string;
  /** Number of the first event. */
  seq: number;
  /** Events. */
  n: number;
  bytes: number;
}

/** Events that became one entry; numbered, out of the buffer, but counted in its bytes until released or given up. */
export interface Batch extends BatchReceipt {
  /** Under which the numbers are the project's own. */
  instanceId: string;
  counters: ProducerCounters;
  events: readonly BufferedEvent[];
}

/** Not the batch itself: its events are done with. */
export const receiptOf = ({ projectId, seq, n, bytes }: Batch): BatchReceipt => ({
  projectId,
  seq,
  n,
  bytes,
});

export interface EventBufferOptions {
  /** Upper bound of everything held, entries in flight included: texts as they lie in memory, and 320 for each event that waits. */
  maxBytes: number;
  /** Two halves of an observation are merged only up to this size. */
  maxEventBytes: number;
  /** Of this process. */
  instanceId: string;
  /** The initialised project; undefined in programs that only publish. */
  projectId?: string | undefined;
}

const isEnd = (type: EventType): boolean => type === 'observation_end' || type === 'observation_error';

/**
 * Bounded first-in first-out buffer of events, without I/O. When it is full the newest event is dropped and counted.
 * Numbers are given when a batch is taken, so they are contiguous after merges and drops.
 */
export class EventBuffer {
  private waiting: (BufferedEvent | undefined)[] = [];
  private head = 0;
  private heldBytes = 0;
  /** All events before this one are written. */
  private firstUnwritten = 0;
  private readonly accounts: ProjectAccounts;
  private readonly options: EventBufferOptions;

  constructor(options: EventBufferOptions) {
    this.options = options;
    this.accounts = new ProjectAccounts(options.instanceId, options.projectId);
  }

  get length(): number {
    return this.waiting.length - this.head;
  }

  /** Upper bound of `bytes`. */
  get maxBytes(): number {
    return this.options.maxBytes;
  }

  /** Bytes held, batches not yet released included. */
  get bytes(): number {
    return this.heldBytes;
  }

  /**
   * @param start of the observation that ends with the event, to become one with it if it has not left yet
   * @returns false when the event was dropped
   */
  add(event: BufferedEvent, start?: BufferedEvent): boolean {
    const account = this.accounts.of(event.projectId);
    account.accepted += 1;
    const bytes = event.bytes + event.extraBytes;
    if (this.heldBytes + bytes + OBJECT_BYTES > this.options.maxBytes) {
      account.drop('buffer_full');
      return false;
    }
    this.heldBytes += bytes;
    if (start !== undefined && this.merge(start, event)) {
      account.merged += 1;
      return true;
    }
    this.waiting.push(event);
    event.waitsIn = this;
    account.held += 1;
    this.heldBytes += OBJECT_BYTES;
    this.writeOldest();
    return true;
  }

  /** Counts an event that never got as far as the buffer. */
  refuse(projectId: string, reason: DropReason): void {
    const account = this.accounts.of(projectId);
    account.accepted += 1;
    account.drop(reason);
  }

  /** Drops everything still buffered. */
  dropAll(reason: DropReason): void {
    for (let event = this.shift(); event !== undefined; event = this.shift()) {
      const account = this.accounts.of(event.projectId);
      account.held -= 1;
      account.drop(reason);
      this.heldBytes -= event.bytes;
      event.letGo();
    }
  }

  /**
   * The next entry's events: one project, at most 100 events or 256 KB; a larger event alone. Undefined when empty.
   * @param body that gets their payloads; their headers have a `pl` then
   */
  take(configVersion: number, body?: EntryBody): Batch | undefined {
    const first = this.peek();
    if (first === undefined) return undefined;
    const { projectId } = first;
    const events: BufferedEvent[] = [];
    let bytes = 0;
    const fits = (event: BufferedEvent): boolean =>
      events.length === 0 || bytes + event.bytes <= ENTRY_CLOSE_BYTES;
    for (let next = this.peek(); next !== undefined && events.length < ENTRY_MAX_EVENTS; next = this.peek()) {
      if (next.projectId !== projectId || !fits(next)) break;
      const payloadBytes = body?.payloadBytes ?? 0;
      this.write(next, body);
      // What had been estimated is known now.
      if (!fits(next)) {
        body?.cutTo(payloadBytes);
        break;
      }
      this.shift();
      events.push(next);
      bytes += next.bytes;
    }
    const account = this.accounts.of(projectId);
    const n = events.length;
    const seq = account.number(n);
    const { instanceId } = account;
    return { projectId, instanceId, seq, n, counters: account.counters(configVersion), events, bytes };
  }

  /** A batch is stored, or its numbers are used up: its bytes are free again. */
  release({ projectId, n, bytes }: BatchReceipt): void {
    this.heldBytes -= bytes;
    this.accounts.of(projectId).held -= n;
  }

  /** The last batch taken will never be stored: its events are dropped, its numbers are given to the next. */
  giveUp({ projectId, seq, n, bytes }: BatchReceipt, reason: DropReason): void {
    this.heldBytes -= bytes;
    const account = this.accounts.of(projectId);
    account.held -= n;
    if (account.nextSeq !== seq + n) return;
    account.nextSeq = seq;
    account.drop(reason, n);
  }

  counters(projectId: string, configVersion: number): ProducerCounters {
    return this.accounts.of(projectId).counters(configVersion);
  }

  private merge(start: BufferedEvent, end: BufferedEvent): boolean {
    // A start that waits in another buffer (of the SDK before this one) was counted there: the two stay apart.
    const isStart = start.waitsIn === this && start.header.event_type === 'observation_start';
    if (!isStart || !isEnd(end.header.event_type) || !this.mayJoin(start, end)) return false;
    const { bytes, extraBytes } = start;
    start.join(end);
    // Of a payload that both have, one stays.
    this.heldBytes += start.bytes + start.extraBytes - bytes - extraBytes - end.bytes - end.extraBytes;
    if (this.length > MAX_UNWRITTEN) this.write(start);
    return true;
  }

  private mayJoin(start: BufferedEvent, end: BufferedEvent): boolean {
    const { maxEventBytes } = this.options;
    if ((start.bytes + end.bytes) * MAX_BYTES_PER_CHAR <= maxEventBytes) return true;
    this.write(start);
    this.write(end);
    return start.bytes + end.bytes <= maxEventBytes;
  }

  /** Snapshots hold on to texts that may be parts of much larger ones: while nothing can be sent, they do not add up. */
  private writeOldest(): void {
    if (this.waiting.length - Math.max(this.firstUnwritten, this.head) <= MAX_UNWRITTEN) return;
    this.firstUnwritten = Math.max(this.firstUnwritten, this.head);
    const event = this.waiting[this.firstUnwritten];
    if (event !== undefined) this.write(event);
    this.firstUnwritten += 1;
  }

  private write(event: BufferedEvent, body?: EntryBody): void {
    const { bytes, extraBytes } = event;
    if (body === undefined) event.write();
    else event.writeTo(body);
    this.heldBytes += event.bytes + event.extraBytes - bytes - extraBytes;
  }

  private peek(): BufferedEvent | undefined {
    return this.waiting[this.head];
  }

  private shift(): BufferedEvent | undefined {
    const event = this.waiting[this.head];
    if (event === undefined) return undefined;
    this.waiting[this.head] = undefined;
    // What an entry holds is as many bytes as it sends.
    this.heldBytes -= OBJECT_BYTES + event.extraBytes;
    this.head += 1;
    if (this.head > 1024 && this.head * 2 > this.waiting.length) {
      this.waiting = this.waiting.slice(this.head);
      this.firstUnwritten -= this.head;
      this.head = 0;
    }
    event.waitsIn = undefined;
    return event;
  }
}
