import type { Scenario } from '../scenario.ts';
import { controls } from './controls.ts';
import { longRun } from './long-run.ts';

/** All of them, in the order they are played. */
export const SCENARIOS: readonly Scenario[] = [longRun, controls];
