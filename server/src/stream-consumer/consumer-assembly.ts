import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock } from '../kernel/clock.ts';
import { BatchWriter } from './storing/batch-writer.ts';
import { CommitFollowUp } from './storing/commit-follow-up.ts';
import { ConsumerLoop } from './consumer-loop.ts';
import { EntryAdmission } from './storing/entry-admission.ts';
import { EntryProcessor, type EntryProcessorParts } from './storing/entry-processor.ts';
import type { StreamReader } from './reading/stream-reader.ts';

/** One transaction holds at most this much, or a single larger entry. */
const BATCH_MAX_BYTES = 16 * 1024 * 1024;

/** Puts a consumer together around a reader. */
@Injectable()
export class ConsumerAssembly {
  private readonly parts: Omit<EntryProcessorParts, 'reader' | 'log'>;

  constructor(
    admission: EntryAdmission,
    writer: BatchWriter,
    listener: CommitFollowUp,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.parts = { admission, writer, listener, clock };
  }

  /** @param batchEvents one transaction holds at most as many, or a single larger entry */
  loopOn(reader: StreamReader, batchEvents: number): ConsumerLoop {
    const log = new Logger('StreamConsumer');
    const limits = { events: batchEvents, bytes: BATCH_MAX_BYTES };
    const processor = new EntryProcessor({ ...this.parts, reader, log }, limits);
    return new ConsumerLoop({ reader, processor, clock: this.parts.clock, log });
  }
}
