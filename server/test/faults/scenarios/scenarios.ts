import type { Scenario } from '../scenario.ts';
import { controls } from './controls.ts';
import { fuse } from './fuse.ts';
import { liveness } from './liveness.ts';
import { longRun } from './long-run.ts';
import { network } from './network.ts';
import { outage } from './outage.ts';
import { recovery } from './recovery.ts';
import { redisTrouble } from './redis-trouble.ts';
import { sigterm } from './sigterm.ts';
import { takeover } from './takeover.ts';

/** All of them, in the order they are played. */
export const SCENARIOS: readonly Scenario[] = [
  longRun,
  controls,
  recovery,
  takeover,
  outage,
  sigterm,
  fuse,
  redisTrouble,
  network,
  liveness,
];
