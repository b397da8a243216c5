import {
  type Cut,
  type EncodableEvent,
  ENTRY_CLOSE_BYTES,
  ENTRY_MAX_EVENTS,
  type DropReason,
  type EventType,
  type PayloadKind,
  type ProducerCounters,
} from './contract/index.ts';

/** Room a payload's entry in `pl` and the header's braces and commas take. */
const EVENT_OVERHEAD_BYTES = 64;

export type BufferedHeader = { [field: string]: unknown } & {
  event_type: EventType;
  trace_id?: string;
  observation_id?: string;
  cuts?: Cut[];
};

export interface BufferedPayload {
  kind: PayloadKind;
  text: string;
  bytes: number;
}

export interface BufferedEvent {
  projectId: string;
  header: BufferedHeader;
  payloads: BufferedPayload[];
}

interface Slot {
  event: BufferedEvent;
  bytes: number;
}

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
  counters: ProducerCounters;
  events: EncodableEvent[];
}

/** Numbers and counts of one project's events in this process. */
class Account {
  nextSeq = 1;
  accepted = 0;
  merged = 0;
  readonly dropped = new Map<DropReason, number>();

  counters(configVersion: number): ProducerCounters {
    return {
      accepted: this.accepted,
      merged: this.merged,
      dropped: Object.fromEntries(this.dropped),
      config_version: configVersion,
    };
  }
}

export interface EventBufferOptions {
  /** Upper bound of everything held, entries in flight included, in UTF-8 bytes. */
  maxBytes: number;
  /** Two halves of an observation are merged only up to this size. */
  maxEventBytes: number;
}

const isEnd = (type: EventType): boolean => type === 'observation_end' || type === 'observation_error';

function headerBytes(header: BufferedHeader): number {
  let bytes = 2;
  for (const [key, value] of Object.entries(header)) {
    bytes += key.length + 4;
    if (typeof value === 'string') bytes += Buffer.byteLength(value) + 2;
    else if (value !== undefined) bytes += Buffer.byteLength(JSON.stringify(value));
  }
  return bytes;
}

export const bytesOf = ({ header, payloads }: BufferedEvent): number =>
  payloads.reduce((sum, { bytes }) => sum + bytes + 20, headerBytes(header) + EVENT_OVERHEAD_BYTES);

/** One event that says what start and end said; the end's word counts where both spoke. */
function mergeHalves(start: BufferedEvent, end: BufferedEvent): BufferedEvent {
  const isError = end.header.event_type === 'observation_error';
  const cuts = [...(start.header.cuts ?? []), ...(end.header.cuts ?? [])];
  const header: BufferedHeader = {
    ...start.header,
    ...(isError ? { level: 'ERROR', status: 'error' } : {}),
    ...end.header,
    event_type: 'observation',
  };
  if (cuts.length > 0) header.cuts = cuts;
  const replaced = new Set(end.payloads.map(({ kind }) => kind));
  const payloads = [...start.payloads.filter(({ kind }) => !replaced.has(kind)), ...end.payloads];
  return { projectId: start.projectId, header, payloads };
}

/**
 * Bounded first-in first-out buffer of events, without I/O. When it is full the newest event is dropped and counted.
 * Numbers are given when a batch is taken, so they are contiguous after merges and drops.
 */
export class EventBuffer {
  private slots: (Slot | undefined)[] = [];
  private head = 0;
  private heldBytes = 0;
  private readonly starts = new Map<string, Slot>();
  private readonly accounts = new Map<string, Account>();
  private readonly options: EventBufferOptions;

  constructor(options: EventBufferOptions) {
    this.options = options;
  }

  get length(): number {
    return this.slots.length - this.head;
  }

  /** Bytes held, batches not yet released included. */
  get bytes(): number {
    return this.heldBytes;
  }

  /** False when the event was dropped. */
  add(event: BufferedEvent): boolean {
    const account = this.accountOf(event.projectId);
    account.accepted += 1;
    const bytes = bytesOf(event);
    if (this.heldBytes + bytes > this.options.maxBytes) {
      this.count(account, 'buffer_full');
      return false;
    }
    this.heldBytes += bytes;
    if (this.merge(event, bytes)) {
      account.merged += 1;
      return true;
    }
    const slot = { event, bytes };
    this.slots.push(slot);
    if (event.header.event_type === 'observation_start') this.starts.set(this.keyOf(event), slot);
    return true;
  }

  /** Counts an event that never got as far as the buffer. */
  refuse(projectId: string, reason: DropReason): void {
    const account = this.accountOf(projectId);
    account.accepted += 1;
    this.count(account, reason);
  }

  /** Drops everything still buffered. */
  dropAll(reason: DropReason): void {
    for (let slot = this.shift(); slot !== undefined; slot = this.shift()) {
      this.count(this.accountOf(slot.event.projectId), reason);
      this.heldBytes -= slot.bytes;
    }
  }

  /** The next entry's events: one project, at most 100 events or 256 KB; a larger event alone. Undefined when empty. */
  take(configVersion: number): Batch | undefined {
    const first = this.peek();
    if (first === undefined) return undefined;
    const { projectId } = first.event;
    const taken: Slot[] = [];
    let bytes = 0;
    for (let next = this.peek(); next !== undefined && taken.length < ENTRY_MAX_EVENTS; next = this.peek()) {
      if (next.event.projectId !== projectId) break;
      if (taken.length > 0 && bytes + next.bytes > ENTRY_CLOSE_BYTES) break;
      this.shift();
      taken.push(next);
      bytes += next.bytes;
    }
    const account = this.accountOf(projectId);
    const seq = account.nextSeq;
    account.nextSeq += taken.length;
    const events = taken.map(({ event }) => ({
      header: event.header,
      payloads: event.payloads.map(({ kind, text }) => [kind, text] as const),
    }));
    return { projectId, seq, n: taken.length, counters: account.counters(configVersion), events, bytes };
  }

  /** A batch is stored, or its numbers are used up: its bytes are free again. */
  release({ bytes }: BatchReceipt): void {
    this.heldBytes -= bytes;
  }

  /** The last batch taken will never be stored: its events are dropped, its numbers are given to the next. */
  giveUp({ projectId, seq, n, bytes }: BatchReceipt, reason: DropReason): void {
    this.heldBytes -= bytes;
    const account = this.accountOf(projectId);
    if (account.nextSeq !== seq + n) return;
    account.nextSeq = seq;
    this.count(account, reason, n);
  }

  counters(projectId: string, configVersion: number): ProducerCounters {
    return this.accountOf(projectId).counters(configVersion);
  }

  private merge(end: BufferedEvent, bytes: number): boolean {
    if (!isEnd(end.header.event_type)) return false;
    const slot = this.starts.get(this.keyOf(end));
    if (slot === undefined || slot.bytes + bytes > this.options.maxEventBytes) return false;
    slot.event = mergeHalves(slot.event, end);
    slot.bytes += bytes;
    this.starts.delete(this.keyOf(end));
    return true;
  }

  private peek(): Slot | undefined {
    return this.slots[this.head];
  }

  private shift(): Slot | undefined {
    const slot = this.slots[this.head];
    if (slot === undefined) return undefined;
    this.slots[this.head] = undefined;
    this.head += 1;
    if (this.head > 1024 && this.head * 2 > this.slots.length) {
      this.slots = this.slots.slice(this.head);
      this.head = 0;
    }
    this.starts.delete(this.keyOf(slot.event));
    return slot;
  }

  private keyOf({ projectId, header }: BufferedEvent): string {
    return `${projectId} ${header.trace_id ?? ''} ${header.observation_id ?? ''}`;
  }

  private count(account: Account, reason: DropReason, events = 1): void {
    account.dropped.set(reason, (account.dropped.get(reason) ?? 0) + events);
  }

  private accountOf(projectId: string): Account {
    const known = this.accounts.get(projectId);
    if (known !== undefined) return known;
    const account = new Account();
    this.accounts.set(projectId, account);
    return account;
  }
}
