import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SETTINGS } from '../../config/settings.module.ts';
import { type Settings } from '../../config/settings.ts';
import { Startup } from '../../kernel/startup.ts';
import { HeartbeatLoop } from './heartbeat-loop.ts';

/** Reads the heartbeats of processes that reach Redis only, where this process has the consumer's role. */
@Injectable()
export class StreamHeartbeats implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: HeartbeatLoop;
  private readonly startup: Startup;
  private readonly settings: Settings;
  private readonly stop = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(loop: HeartbeatLoop, startup: Startup, @Inject(SETTINGS) settings: Settings) {
    this.loop = loop;
    this.startup = startup;
    this.settings = settings;
  }

  onApplicationBootstrap(): void {
    const { roles, observability } = this.settings;
    if (!roles.includes('consumer') || !observability.enabled) return;
    void this.startup.whenReady().then(() => {
      this.running = this.loop.run(this.stop.signal);
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stop.abort();
    await this.running;
  }
}
