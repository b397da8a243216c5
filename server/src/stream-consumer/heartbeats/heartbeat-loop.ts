import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../kernel/clock.ts';
import { OncePer } from '../../kernel/once-per.ts';
import type { HeartbeatIntake } from './heartbeat-intake.ts';
import type { HeartbeatPage, HeartbeatReader } from './heartbeat-reader.ts';

const EVERY_MS = 1_000;
const LOG_EVERY_MS = 60_000;

export interface HeartbeatLoopParts {
  readonly reader: Pick<HeartbeatReader, 'isConnected' | 'read' | 'acknowledge'>;
  readonly intake: Pick<HeartbeatIntake, 'take'>;
  readonly clock: Clock;
}

/**
 * Looks for heartbeats every second. A page is acknowledged when it is recorded and kept until then: while the database is
 * away nothing more is read.
 */
export class HeartbeatLoop {
  private readonly log = new Logger('Heartbeat');
  private readonly maySay: OncePer;
  private readonly parts: HeartbeatLoopParts;
  private page: HeartbeatPage | null = null;

  constructor(parts: HeartbeatLoopParts) {
    this.parts = parts;
    this.maySay = new OncePer(LOG_EVERY_MS);
  }

  /** Resolves when aborted and the page at hand is done. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const hasMore = await this.turn();
      if (!hasMore) await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** One page. Whether another may be waiting. Never rejects. */
  async turn(): Promise<boolean> {
    const { reader, intake, clock } = this.parts;
    if (!reader.isConnected) return false;
    try {
      this.page ??= await reader.read();
      await intake.take(this.page);
      await reader.acknowledge(this.page.ids);
      const { isFull } = this.page;
      this.page = null;
      return isFull;
    } catch (error) {
      if (this.maySay.allows(clock.nowMs()))
        this.log.warn({ err: error }, 'Heartbeats of the stream were not recorded, trying again');
      return false;
    }
  }
}
