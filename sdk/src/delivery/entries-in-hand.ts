import { type BatchReceipt } from './event-buffer.ts';

/** An encoded entry that is not taken yet. Made by `new`, as all that waits in the buffer. */
export class EntryInHand<Wire> {
  /** Not the batch itself: its events are done with. */
  readonly receipt: BatchReceipt;
  readonly wire: Wire;
  /** How many events had left the buffer before its first. */
  readonly position: number;
  private state: 'new' | 'under way' | 'failed' = 'new';
  private mayBeThere = false;

  constructor(receipt: BatchReceipt, wire: Wire, position: number) {
    this.receipt = receipt;
    this.wire = wire;
    this.position = position;
  }

  /** Handed to the sink, which has not answered yet. */
  get isUnderWay(): boolean {
    return this.state === 'under way';
  }

  get isToBeRepeated(): boolean {
    return this.state === 'failed';
  }

  /** An attempt ended without a word: its numbers may be used up. */
  get mayHaveArrived(): boolean {
    return this.mayBeThere;
  }

  setOut(): void {
    this.state = 'under way';
  }

  hasFailed(mayHaveArrived: boolean): void {
    this.state = 'failed';
    this.mayBeThere ||= mayHaveArrived;
  }
}

/** The encoded entries that wait to be sent, are under way or are to be sent again, in the order of their events. */
export class EntriesInHand<Wire> {
  private entries: readonly EntryInHand<Wire>[] = [];
  private heldBytes = 0;
  private readonly together: number;
  private readonly entryBytes: number;

  /**
   * @param together how many leave in one write
   * @param entryBytes of a whole one, about
   */
  constructor(together: number, entryBytes: number) {
    this.together = together;
    this.entryBytes = entryBytes;
  }

  get isEmpty(): boolean {
    return this.entries.length === 0;
  }

  /** They make a whole write. */
  get isFull(): boolean {
    return this.entries.length >= this.together || this.heldBytes >= this.together * this.entryBytes;
  }

  /** Of their events, as the buffer counts them. */
  get bytes(): number {
    return this.heldBytes;
  }

  /** Position of the first event that is not taken yet; undefined when there is none here. */
  get firstPosition(): number | undefined {
    return this.entries[0]?.position;
  }

  /** Those that are not under way. */
  get waiting(): readonly EntryInHand<Wire>[] {
    return this.entries.filter(({ isUnderWay }) => !isUnderWay);
  }

  /** At most one: the first that is to be sent again. */
  get firstToRepeat(): readonly EntryInHand<Wire>[] {
    return this.entries.filter(({ isToBeRepeated }) => isToBeRepeated).slice(0, 1);
  }

  add(entry: EntryInHand<Wire>): void {
    this.entries = this.entries.concat(entry);
    this.heldBytes += entry.receipt.bytes;
  }

  remove(entry: EntryInHand<Wire>): void {
    this.entries = this.entries.filter((each) => each !== entry);
    this.heldBytes -= entry.receipt.bytes;
  }
}
