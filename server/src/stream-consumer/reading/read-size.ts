const MAX_BYTES = 16 * 1024 * 1024;
const MAX_COUNT = 2_000;
const FIRST_COUNT = 8;
/** How fast a large entry is forgotten. */
const DECAY = 0.9;

/**
 * How many entries to ask for, so that an answer stays within 16 MB where Redis bounds it by their count alone (pending
 * and abandoned ones): they weigh what they weigh. Starts small, grows twofold, shrinks at once when a large entry is seen.
 */
export class ReadSize {
  private count: number;
  private largestBytes = 0;

  /** @param afterCrash whether an entry may be why the process ended: then one at a time at first */
  constructor(afterCrash: 'unclean' | 'clean' = 'clean') {
    this.count = afterCrash === 'unclean' ? 1 : FIRST_COUNT;
  }

  get next(): number {
    return this.count;
  }

  /** Learns from the sizes of the entries of an answer. */
  saw(entryBytes: readonly number[]): void {
    if (entryBytes.length === 0) return;
    this.largestBytes = Math.max(this.largestBytes * DECAY, ...entryBytes);
    const fitting = Math.floor(MAX_BYTES / Math.max(this.largestBytes, 1));
    this.count = Math.max(1, Math.min(fitting, this.count * 2, MAX_COUNT));
  }
}
