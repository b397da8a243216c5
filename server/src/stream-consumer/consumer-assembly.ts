import { Inject, Injectable, Logger } from '@nestjs/common';
import { SETTINGS } from '../config/settings.module.ts';
import { type Settings } from '../config/settings.ts';
import { systemClock } from '../kernel/clock.ts';
import { BatchWriter } from './storing/batch-writer.ts';
import { CommitFollowUp } from './storing/commit-follow-up.ts';
import { ConsumerLoop } from './consumer-loop.ts';
import { EntryAdmission } from './storing/entry-admission.ts';
import { EntryProcessor } from './storing/entry-processor.ts';
import type { StreamReader } from './reading/stream-reader.ts';

/** One transaction holds at most this much, or a single larger entry. */
const BATCH_MAX_BYTES = 16 * 1024 * 1024;

/** Puts a consumer together around a reader. */
@Injectable()
export class ConsumerAssembly {
  private readonly admission: EntryAdmission;
  private readonly writer: BatchWriter;
  private readonly listener: CommitFollowUp;
  private readonly batchEvents: number;

  constructor(
    admission: EntryAdmission,
    writer: BatchWriter,
    listener: CommitFollowUp,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.admission = admission;
    this.writer = writer;
    this.listener = listener;
    this.batchEvents = settings.observability.batchSize;
  }

  loopOn(reader: StreamReader): ConsumerLoop {
    const log = new Logger('StreamConsumer');
    const processor = new EntryProcessor(
      { reader, admission: this.admission, writer: this.writer, listener: this.listener, log },
      { events: this.batchEvents, bytes: BATCH_MAX_BYTES },
    );
    return new ConsumerLoop({ reader, processor, clock: systemClock, log });
  }
}
