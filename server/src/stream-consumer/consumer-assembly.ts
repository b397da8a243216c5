import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock } from '../kernel/clock.ts';
import { ConsumerLoop } from './consumer-loop.ts';
import type { StreamReader } from './reading/stream-reader.ts';
import { CommitFollowUp } from './storing/commit-follow-up.ts';
import { EntryProcessor } from './storing/entry-processor.ts';
import { EntryStore } from './storing/entry-store.ts';

/** One transaction holds at most this much, or a single larger entry. */
const BATCH_MAX_BYTES = 16 * 1024 * 1024;

/** Puts a consumer together around a reader. */
@Injectable()
export class ConsumerAssembly {
  private readonly store: EntryStore;
  private readonly listener: CommitFollowUp;
  private readonly clock: Clock;

  constructor(store: EntryStore, listener: CommitFollowUp, @Inject(CLOCK) clock: Clock) {
    this.store = store;
    this.listener = listener;
    this.clock = clock;
  }

  /** @param batchEvents one transaction holds at most as many, or a single larger entry */
  loopOn(reader: StreamReader, batchEvents: number): ConsumerLoop {
    const log = new Logger('StreamConsumer');
    const limits = { events: batchEvents, bytes: BATCH_MAX_BYTES };
    const { clock, listener, store } = this;
    const processor = new EntryProcessor({ reader, store, listener, clock, log }, limits);
    return new ConsumerLoop({ reader, processor, clock, log });
  }

  /** Resolves when nothing that the consumer's commits set off is under way. */
  settled(): Promise<void> {
    return this.listener.settled();
  }
}
