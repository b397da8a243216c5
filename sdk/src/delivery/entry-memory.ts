import { ENTRY_CLOSE_BYTES } from '../contract/index.ts';

/** An entry is closed at about so many bytes of events; what its headers take beyond the estimate has room too. */
const BYTES = 2 * ENTRY_CLOSE_BYTES;

/**
 * The memory of the entries in hand, used for one after the other: it stays in the processor's cache, where memory that is new
 * for each entry would be fetched and collected again. Made as it is needed, 512 KB for each entry that was ever in hand with
 * others, and kept as far as that is asked for; only what entries have filled is resident.
 */
export class EntryMemory {
  private readonly most: number;
  /** The last one given back is used first. */
  private readonly unused: Buffer[] = [];

  /** @param most that are kept */
  constructor(most: number) {
    this.most = most;
  }

  /** Memory that nobody else has, until it is given back; what it holds does not matter. */
  lend(): Buffer {
    return this.unused.pop() ?? Buffer.allocUnsafeSlow(BYTES);
  }

  /** @param lent that nobody reads or writes any more; once */
  giveBack(lent: Buffer): void {
    if (this.unused.length < this.most) this.unused.push(lent);
  }
}
