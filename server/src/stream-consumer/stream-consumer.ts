import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Startup } from '../kernel/startup.ts';
import { VitalSigns } from '../kernel/vital-signs.ts';
import { RollupLoop } from '../traces/index.ts';
import { ConsumerRun } from './consumer-run.ts';

/** Starts the consumer and the roll-up once the database is there, and ends them in order. */
@Injectable()
export class StreamConsumer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly consumer: ConsumerRun;
  private readonly rollup: RollupLoop;
  private readonly startup: Startup;
  private readonly vitalSigns: VitalSigns;
  private readonly stopConsuming = new AbortController();
  private readonly stopCounting = new AbortController();
  private consuming: Promise<void> = Promise.resolve();
  private counting: Promise<void> = Promise.resolve();

  constructor(consumer: ConsumerRun, rollup: RollupLoop, startup: Startup, vitalSigns: VitalSigns) {
    this.consumer = consumer;
    this.rollup = rollup;
    this.startup = startup;
    this.vitalSigns = vitalSigns;
  }

  onApplicationBootstrap(): void {
    if (!this.consumer.isWanted) return;
    this.vitalSigns.register('consumer', () => ({
      up: !this.consumer.isStuck,
      detail: { idle_ms: this.consumer.idleMs },
    }));
    this.vitalSigns.registerObstacle('consumer', () => this.consumer.blockedBy);
    void this.startup.whenReady().then(() => {
      if (this.stopConsuming.signal.aborted) return;
      this.consuming = this.consumer.run(this.stopConsuming.signal);
      this.counting = this.rollup.run(this.stopCounting.signal);
    });
  }

  /** Resolves when the batch at hand is stored and acknowledged. May be called again. */
  async close(): Promise<void> {
    this.stopConsuming.abort();
    await this.consuming;
    this.stopCounting.abort();
    await this.counting;
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.close();
  }
}
