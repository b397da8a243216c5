import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../kernel/clock.ts';
import { OncePer } from '../../kernel/once-per.ts';
import type { TraceRollup } from './trace-rollup.ts';
import type { TraceSweep } from './trace-sweep.ts';

export interface RollupLoopParts {
  rollup: TraceRollup;
  sweep: TraceSweep;
  clock: Clock;
  log: { warn(fields: object, message: string): void };
}

/** Longest time a committed change waits to be counted when nobody wakes the loop (another replica committed it). */
const WAIT_MS = 1_000;
/** Shortest pause between steps: a burst of commits is counted together. */
const PAUSE_MS = 200;
const SWEEP_EVERY_MS = 5_000;
const LOG_EVERY_MS = 5_000;

/** Keeps traces' status and counts up to date. Whatever fails is tried again. */
export class RollupLoop {
  private readonly parts: RollupLoopParts;
  private readonly maySay = new OncePer(LOG_EVERY_MS);
  private wakeUp: () => void = () => undefined;
  private isWoken = false;
  private lastSweepMs = Number.NEGATIVE_INFINITY;

  constructor(parts: RollupLoopParts) {
    this.parts = parts;
  }

  /** Something was committed. */
  wake(): void {
    this.isWoken = true;
    this.wakeUp();
  }

  /** Runs until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.isWoken = false;
      try {
        await this.turn(signal);
      } catch (error) {
        if (this.maySay.allows(this.parts.clock.nowMs())) {
          this.parts.log.warn({ err: error }, 'Traces are not counted yet, trying again');
        }
      }
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
      await this.untilWoken(signal);
    }
  }

  private async turn(signal: AbortSignal): Promise<void> {
    const { rollup, sweep, clock } = this.parts;
    if (clock.nowMs() - this.lastSweepMs >= SWEEP_EVERY_MS) {
      this.lastSweepMs = clock.nowMs();
      await sweep.run();
    }
    let counted: number;
    do counted = await rollup.step();
    while (counted > 0 && rollup.isOnTheWay && !signal.aborted);
  }

  private async untilWoken(signal: AbortSignal): Promise<void> {
    if (this.isWoken || signal.aborted) return;
    const woken = new AbortController();
    this.wakeUp = () => woken.abort();
    await sleep(WAIT_MS, undefined, { signal: AbortSignal.any([signal, woken.signal]) }).catch(
      () => undefined,
    );
  }
}
