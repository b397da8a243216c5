import { type Allocate, ENTRY_CLOSE_BYTES } from '../contract/index.ts';

/** An entry is closed at about so many bytes of events; what its headers take beyond the estimate has room too. */
const BYTES = 2 * ENTRY_CLOSE_BYTES;

/** Memory for one entry, and how to give it back. */
export interface BorrowedMemory {
  readonly allocate: Allocate;
  readonly free: () => void;
}

/**
 * The memory of the entries in hand, used for one after the other: it stays in the processor's cache, where memory that is new
 * for each entry would be fetched and collected again. Made as it is needed and kept: 512 KB for each entry that was ever in
 * hand with others, so 2 MB with four, of which only what entries have filled is resident. Entries that are larger, or beyond
 * that number, get memory of their own.
 */
export class EntryMemory {
  private readonly most: number;
  /** The last one given back is used first. */
  private readonly unused: Buffer[] = [];
  private made = 0;

  /** @param most entries that have memory here at once */
  constructor(most: number) {
    this.most = most;
  }

  borrow(): BorrowedMemory {
    let mine: Buffer | undefined;
    return {
      allocate: (bytes) => {
        if (mine === undefined && bytes <= BYTES) mine = this.take();
        else return Buffer.allocUnsafeSlow(bytes);
        return mine?.subarray(0, bytes) ?? Buffer.allocUnsafeSlow(bytes);
      },
      free: () => {
        if (mine !== undefined) this.unused.push(mine);
        mine = undefined;
      },
    };
  }

  private take(): Buffer | undefined {
    const memory = this.unused.pop();
    if (memory !== undefined || this.made >= this.most) return memory;
    this.made += 1;
    return Buffer.allocUnsafeSlow(BYTES);
  }
}
