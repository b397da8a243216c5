import { ENTRY_CLOSE_BYTES } from '../contract/index.ts';

/** An entry is closed at about so many bytes of events; what its headers take beyond the estimate has room too. */
const BYTES = 2 * ENTRY_CLOSE_BYTES;

/** Memory for one entry. `free` gives it back, once nobody reads or writes it any more. */
export interface LentMemory {
  readonly memory: Buffer;
  readonly free: () => void;
}

/**
 * The memory of the entries in hand, used for one after the other: it stays in the processor's cache, where memory that is new
 * for each entry would be fetched and collected again. 512 KB for each entry in hand, made as they are needed, of which only
 * what entries have filled is resident; larger entries make room of their own beside it.
 */
export class EntryMemory {
  private readonly most: number;
  /** The last one given back is used first. */
  private readonly unused: Buffer[] = [];

  /** @param most memories kept for the next entries */
  constructor(most: number) {
    this.most = most;
  }

  /** Memory that nobody else has until it is freed; what it holds does not matter. */
  lend(): LentMemory {
    const memory = this.unused.pop() ?? Buffer.allocUnsafeSlow(BYTES);
    let isFree = false;
    const free = (): void => {
      if (!isFree && this.unused.length < this.most) this.unused.push(memory);
      isFree = true;
    };
    return { memory, free };
  }
}
