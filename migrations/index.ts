import { InitialSchema1763690000000 } from './1763690000000-initial-schema.ts';
import { SignedRows1763760000100 } from './1763760000100-signed-rows.ts';
import { Accounts1763760000200 } from './1763760000200-accounts.ts';
import { SwitchEnforcement1763760000300 } from './1763760000300-switch-enforcement.ts';
import { DeadLetters1763760000400 } from './1763760000400-dead-letters.ts';
import { RollupsAndRetention1763760000500 } from './1763760000500-rollups-and-retention.ts';
import { IsolationMarks1763760000600 } from './1763760000600-isolation-marks.ts';
import { DeclaredGraphs1763800000100 } from './1763800000100-declared-graphs.ts';
import { ForgottenSums1763800000101 } from './1763800000101-forgotten-sums.ts';

/** Every migration, oldest first. A released one is never edited: add the next instead. */
export const MIGRATIONS = [
  InitialSchema1763690000000,
  SignedRows1763760000100,
  Accounts1763760000200,
  SwitchEnforcement1763760000300,
  DeadLetters1763760000400,
  RollupsAndRetention1763760000500,
  IsolationMarks1763760000600,
  DeclaredGraphs1763800000100,
  ForgottenSums1763800000101,
];
