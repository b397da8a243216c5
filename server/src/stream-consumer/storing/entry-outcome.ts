/** Which numbers of which producer an entry carries. */
export interface EntryIdentity {
  readonly entryId: string;
  /** The verified project, else the nil UUID. */
  readonly projectId: string;
  /** Whether a signature vouches for it. */
  readonly isVerified: boolean;
  /** Null for entries without numbers: single-event ones, and those that were refused before they were verified. */
  readonly instanceId: string | null;
  /** Number of its first event; the others follow it. */
  readonly firstSeq: number | null;
  readonly events: number;
}

/** What became of an entry's events. */
export interface EntryOutcome extends EntryIdentity {
  /** Redis time, ms since 1970. */
  readonly receivedMs: number;
  /** The producer's own counters, as sent. */
  readonly counters: Readonly<Record<string, unknown>> | null;
  /** Reason by position in the entry; -1: the entry as a whole. */
  readonly rejected: ReadonlyMap<number, string>;
  readonly switchedOff: ReadonlyMap<number, string>;
}
