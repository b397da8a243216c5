import { InitialSchema1763690000000 } from './1763690000000-initial-schema.ts';
import { SwitchEnforcement1763760000300 } from './1763760000300-switch-enforcement.ts';

/** Every migration, oldest first. A released one is never edited: add the next instead. */
export const MIGRATIONS = [InitialSchema1763690000000, SwitchEnforcement1763760000300];
