/** One entry of the stream, its fields as bytes. */
export interface StreamEntry {
  /** Redis id, `<ms>-<n>`. */
  readonly id: string;
  readonly fields: ReadonlyMap<string, Buffer>;
  /** Names and values summed. */
  readonly bytes: number;
}

/** Entries of one answer, and those of our pending list that are no longer in the stream. */
export interface EntryPage {
  entries: StreamEntry[];
  /** Pending, but trimmed or deleted: nothing to store, only to acknowledge. */
  goneIds: string[];
}

/** Bounds of one answer; a single larger entry still comes. */
export interface ReadLimit {
  readonly entries: number;
  readonly bytes: number;
}

/** Injection token of the {@link OpenStreamReader}: how this process reads its stream. */
export const STREAM_READER = Symbol('STREAM_READER');

/** Opens the stream for a consumer of that name. */
export type OpenStreamReader = (consumerName: string) => StreamReader;

/**
 * Where entries come from. Every call may reject while the stream's server is away; nothing is lost by that, because
 * what was handed out and not acknowledged is handed out again by `readOwnPending`.
 */
export interface StreamReader {
  /** Rises when an answer may have been lost (a new connection, a new group): read the own pending entries again. */
  readonly generation: number;
  /** Makes the stream and the group where they are missing. */
  ensureGroup(): Promise<void>;
  /** Entries given to this consumer and not acknowledged, with ids after `afterId`. */
  readOwnPending(afterId: string, count: number): Promise<EntryPage>;
  /** New entries, not many more than the limit says; waits up to `waitMs` for the first. */
  readNew(limit: ReadLimit, waitMs: number): Promise<EntryPage>;
  /** Takes over entries that nobody worked on for `minIdleMs`; successive calls walk through all pending entries. */
  claimIdle(minIdleMs: number, count: number): Promise<EntryPage>;
  /** How often each of these entries was handed out, by id: more than once when a consumer did not finish it. */
  countDeliveries(entries: readonly StreamEntry[]): Promise<ReadonlyMap<string, number>>;
  /** Says that these entries are still being worked on. */
  keepClaims(ids: readonly string[]): Promise<void>;
  /** Acknowledges, removes and counts entries that are stored. */
  acknowledge(ids: readonly string[]): Promise<void>;
  /** Takes entries that are no longer in the stream off the pending list. They count as lost, not as acknowledged. */
  giveUp(goneIds: readonly string[]): Promise<void>;
  /** Removes what every group on the stream is done with: acknowledging does not while there are others. */
  trimFinished(): Promise<void>;
  /** Forgets consumers of the group that have nothing pending and were idle for `minIdleMs`; never this one. */
  forgetIdleConsumers(minIdleMs: number): Promise<void>;
  /** Ends the connections; a waiting read rejects. */
  close(): void;
}

/** 9999-01-01: later times cannot be written, neither as text nor into the database. */
const LAST_RECEIVED_MS = 253_370_764_800_000;

/**
 * Milliseconds since 1970 at which the entry reached the stream. Who writes to the stream may choose the id, up to 64
 * bits, and every id after it is larger: one beyond the year 9998 counts as its end.
 */
export function receivedMsOf(entryId: string): number {
  return Math.min(Number.parseInt(entryId, 10), LAST_RECEIVED_MS);
}

/** Number of events an entry says it has in its `n`, without decoding it; 1 where it does not say. */
export function eventCountOf(n: string | undefined): number {
  const count = Number(n ?? '1');
  return Number.isSafeInteger(count) && count > 0 ? count : 1;
}
