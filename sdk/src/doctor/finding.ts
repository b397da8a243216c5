/** What came of one check: `skipped` could not be looked at, for a reason that is said. */
export type Outcome = 'ok' | 'warning' | 'error' | 'skipped';

export interface Finding {
  /** What was looked at: a variable or a few words. */
  readonly check: string;
  readonly outcome: Outcome;
  /** What is so. One line. */
  readonly text: string;
  /** What to do about it; with every warning and error. */
  readonly remedy?: string;
  /** The test trace could not arrive, or could not be seen to. */
  readonly blocksTrace?: boolean;
}

export const ok = (check: string, text: string): Finding => ({ check, outcome: 'ok', text });

export const skipped = (check: string, text: string): Finding => ({ check, outcome: 'skipped', text });

export const warning = (check: string, text: string, remedy: string): Finding => ({
  check,
  outcome: 'warning',
  text,
  remedy,
});

/** Something that keeps events from arriving. */
export const broken = (check: string, text: string, remedy: string): Finding => ({
  check,
  outcome: 'error',
  text,
  remedy,
  blocksTrace: true,
});

/** An error, but events arrive. */
export const wrong = (check: string, text: string, remedy: string): Finding => ({
  check,
  outcome: 'error',
  text,
  remedy,
});
