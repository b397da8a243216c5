import { Injectable, type OnModuleInit } from '@nestjs/common';
import { JobScheduler } from '../database/job-scheduler.ts';
import { SwitchStates } from './switch-states.ts';
import { type SwitchState, TracingPublisher } from './tracing-publisher.ts';

const EVERY_MS = 30_000;
/** Projects whose keys are written at the same time. */
const BATCH = 200;

/** Writes every project's switch to Redis again: at start and every 30 s, whatever Redis has lost in between. */
@Injectable()
export class TracingReassertion implements OnModuleInit {
  private readonly states: SwitchStates;
  private readonly scheduler: JobScheduler;
  private readonly publisher: TracingPublisher;

  constructor(states: SwitchStates, scheduler: JobScheduler, publisher: TracingPublisher) {
    this.states = states;
    this.scheduler = scheduler;
    this.publisher = publisher;
  }

  onModuleInit(): void {
    this.scheduler.add({ name: 'reassert-tracing', everyMs: EVERY_MS, run: (signal) => this.run(signal) });
  }

  async run(signal: AbortSignal): Promise<void> {
    await inBatches(await this.states.read(), (state) => this.publisher.write(state), signal);
  }

  /** The same at once, and SDKs are told to look: something beside the switch has changed. */
  async announceAll(): Promise<void> {
    const announce = async (state: SwitchState): Promise<void> => {
      if (await this.publisher.write(state)) await this.publisher.announce(state);
    };
    await inBatches(await this.states.recall(), announce);
  }
}

async function inBatches(
  states: readonly SwitchState[],
  act: (state: SwitchState) => Promise<unknown>,
  signal?: AbortSignal,
): Promise<void> {
  for (let at = 0; at < states.length && signal?.aborted !== true; at += BATCH) {
    await Promise.all(states.slice(at, at + BATCH).map(act));
  }
}
