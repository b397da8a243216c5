import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { Startup } from '../kernel/startup.ts';
import { StreamLimit } from '../stream-limit/index.ts';
import { SwitchStates } from './switch-states.ts';
import { TracingReassertion } from './tracing-reassertion.ts';

const READ_EVERY_MS = 30_000;

/** Tells the SDKs of all projects when the stream is full, and when it has room again. */
@Injectable()
export class FullAnnouncer implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly limit: StreamLimit;
  private readonly reassertion: TracingReassertion;
  private readonly states: SwitchStates;
  private readonly startup: Startup;
  private timer: NodeJS.Timeout | undefined;

  constructor(limit: StreamLimit, reassertion: TracingReassertion, states: SwitchStates, startup: Startup) {
    this.limit = limit;
    this.reassertion = reassertion;
    this.states = states;
    this.startup = startup;
  }

  onModuleInit(): void {
    this.limit.onTurn(async () => {
      if (this.startup.isReady) await this.reassertion.announceAll();
    });
  }

  /** Knows the projects also when the database goes away: that is when the stream fills up. */
  onApplicationBootstrap(): void {
    const read = (): void => void this.states.recall();
    void this.startup.whenReady().then(read);
    this.timer = setInterval(() => {
      if (this.startup.isReady) read();
    }, READ_EVERY_MS);
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }
}
