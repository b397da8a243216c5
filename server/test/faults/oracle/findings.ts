/** What the checker found. All but `promised`, `stored` and `refused` must be 0 where nothing may be lost. */
export interface Findings {
  /** Events whose entry Redis acknowledged. */
  promised: number;
  /** Of these, events whose payload is in the database as it was sent. */
  stored: number;
  /** Of these, events that were sent broken and are dead letters. */
  refused: number;
  /** Promised events that are in neither place. */
  lost: number;
  /** Payloads that are not what was sent, or are somewhere else. */
  altered: number;
  /** Payloads and dead letters of events that nobody was promised. */
  unexplained: number;
  /** Traces and observations that should be there and are not, or lack one of their halves. */
  missingRows: number;
  /** Traces and observations nobody sent. */
  extraRows: number;
  /** Payloads, traces and observations that are there twice. */
  doubled: number;
  /** Whole traces whose counts, level or status are wrong. */
  wrongRollups: number;
  /** Dead letters of good events. */
  wrongDeadLetters: number;
}

export const noFindings = (): Findings => ({
  promised: 0,
  stored: 0,
  refused: 0,
  lost: 0,
  altered: 0,
  unexplained: 0,
  missingRows: 0,
  extraRows: 0,
  doubled: 0,
  wrongRollups: 0,
  wrongDeadLetters: 0,
});

/** Names of the findings that must be 0. */
export const FAILINGS = [
  'lost',
  'altered',
  'unexplained',
  'missingRows',
  'extraRows',
  'doubled',
  'wrongRollups',
  'wrongDeadLetters',
] as const;

/** The findings that say that something went wrong. */
export function failingsOf(findings: Findings): Record<string, number> {
  const failing: Record<string, number> = {};
  for (const name of FAILINGS) if (findings[name] !== 0) failing[name] = findings[name];
  return failing;
}
