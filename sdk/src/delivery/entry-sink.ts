import { type EntryBody } from '../contract/entry-body.ts';
import { type DropReason } from '../contract/index.ts';
import { type Batch } from './event-buffer.ts';

/** An attempt that did not succeed: the same entry is sent again, and not before `afterMs` where given. */
export interface FailedAttempt {
  kind: 'failed';
  mayHaveArrived: boolean;
  afterMs?: number;
}

/** The one that asks for the longer pause. */
export const longerPause = (one: FailedAttempt | undefined, other: FailedAttempt): FailedAttempt =>
  one !== undefined && (one.afterMs ?? 0) >= (other.afterMs ?? 0) ? one : other;

/** What came of one attempt to send an entry. */
export type Attempt =
  /** Acknowledged. */
  | { kind: 'taken' }
  /** Not acknowledged. */
  | FailedAttempt
  /**
   * Never will be: it is given up, and its events counted as dropped. Its numbers go to the next entry, so this is for sinks that
   * take one at a time: where later ones are numbered already, it becomes a hole, which the server counts as missing.
   */
  | { kind: 'refused'; reason: DropReason };

/** An entry whose events are being taken. */
export interface EntryDraft<Wire> {
  /** Gets their payloads meanwhile; undefined where they are written at the end. */
  readonly body: EntryBody | undefined;
  /** The entry as it travels; kept and resent until it is taken, for some minutes unchanged. May throw. */
  finish(batch: Batch): Wire;
}

/** Where entries go. Nothing of it rejects or throws, except where that is said. */
export interface EntrySink<Wire> {
  /** How many entries it is given in one write, at most; at the end of a process all that are left. */
  readonly entriesTogether: number;
  /** Whether an entry can be sent now; where not, `wake` of `start` is called once it can. */
  readonly isReady: boolean;
  /** Nothing is to be added there: events stay in the buffer, and new ones are to be dropped as `stream_full`. */
  readonly isFull: boolean;
  /** How many bytes may be written before it is to `prepare` again; one entry always may. */
  readonly roomBytes: number;
  /** Connects on a later tick. @param wake sending may work now, at once */
  start(wake: () => void): void;
  /** What it has to find out before more is sent; asked for once per write. */
  prepare(): Promise<void>;
  /** Begins an entry. What it borrowed is given back when `finish` throws or the entry is taken. May throw. */
  startEntry(): EntryDraft<Wire>;
  /** Sends entries in one write. @returns what came of each, in their order, once all are answered */
  send(wires: readonly Wire[]): Promise<readonly Attempt[]>;
  close(): void;
}
