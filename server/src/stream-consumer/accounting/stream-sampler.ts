import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { SETTINGS } from '../../config/settings.module.ts';
import { type Settings } from '../../config/settings.ts';
import { JobScheduler } from '../../database/job-scheduler.ts';
import { EpochStore } from './epoch-store.ts';
import { StreamStateReader } from './stream-state-reader.ts';

const EVERY_MS = 1_000;

/** Samples the entry account every second, so that what a lost Redis takes along is known to the second. */
@Injectable()
export class StreamSampler implements OnModuleInit {
  private readonly reader: StreamStateReader;
  private readonly epochs: EpochStore;
  private readonly scheduler: JobScheduler;
  private readonly settings: Settings;

  constructor(
    reader: StreamStateReader,
    epochs: EpochStore,
    scheduler: JobScheduler,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.reader = reader;
    this.epochs = epochs;
    this.scheduler = scheduler;
    this.settings = settings;
  }

  onModuleInit(): void {
    if (!this.settings.observability.enabled) return;
    this.scheduler.add({ name: 'sample-stream', everyMs: EVERY_MS, run: () => this.run() });
  }

  /** Nothing while Redis is away: there is nothing to see. */
  async run(): Promise<void> {
    if (!this.reader.isConnected) return;
    await this.epochs.sample(this.reader.stream, await this.reader.read());
  }
}
