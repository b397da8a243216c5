import { type Allocate, ENTRY_CLOSE_BYTES } from '../contract/index.ts';

/** An entry is closed at about so many bytes of events; what its headers take beyond the estimate has room too. */
const BYTES = 2 * ENTRY_CLOSE_BYTES;

/** Memory for one entry, and how to give it back. */
export interface BorrowedMemory {
  readonly allocate: Allocate;
  readonly free: () => void;
}

/**
 * The memory of the entry that is under way, used for one after the other: it stays in the processor's cache, where memory that
 * is new for each entry would be fetched and collected again. Entries that are larger, or made while another is under way,
 * get memory of their own.
 */
export class EntryMemory {
  private memory: Buffer | undefined;
  private isBorrowed = false;

  borrow(): BorrowedMemory {
    let isMine = false;
    return {
      allocate: (bytes) => {
        if (this.isBorrowed || bytes > BYTES) return Buffer.allocUnsafeSlow(bytes);
        this.isBorrowed = true;
        isMine = true;
        this.memory ??= Buffer.allocUnsafeSlow(BYTES);
        return this.memory.subarray(0, bytes);
      },
      free: () => {
        if (isMine) this.isBorrowed = false;
        isMine = false;
      },
    };
  }
}
