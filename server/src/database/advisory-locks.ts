/**
 * PostgreSQL advisory locks of this product, all numbers in one place. With one key, or as the first of two where the
 * second is the hash of a name.
 */
export const ADVISORY_LOCKS = {
  /** One process migrates. */
  migration: 7_284_001,
  /** By name of the job: one process runs it. */
  job: 7_284_002,
  /** One process makes the first account. */
  firstAccount: 7_284_003,
  /** By consumer name: one process reads under it. */
  consumerSlot: 7_284_004,
  /** One process counts traces. */
  rollup: 7_284_005,
  /** By project: writers that judge traces begun while tracing was off. */
  switchedOff: 7_284_006,
} as const;
