import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountPruning } from './account-pruning.ts';
import { EpochStore } from './epoch-store.ts';
import { EventAccountHour } from './event-account-hour.entity.ts';
import { EventTotal } from './event-total.entity.ts';
import { ProducerAnnouncements } from './producer-announcements.ts';
import { ProducerProgress } from './producer-progress.entity.ts';
import { SingleEntry } from './single-entry.entity.ts';
import { StreamEpoch } from './stream-epoch.entity.ts';
import { StreamSampler } from './stream-sampler.ts';
import { StreamStateReader } from './stream-state-reader.ts';
import { StreamTotal } from './stream-total.entity.ts';

/** The two accounts: entries as Redis counts them, events as they are committed. */
@Module({
  imports: [
    TypeOrmModule.forFeature([ProducerProgress, EventAccountHour, EventTotal]),
    TypeOrmModule.forFeature([SingleEntry, StreamEpoch, StreamTotal]),
  ],
  providers: [StreamStateReader, EpochStore, StreamSampler, ProducerAnnouncements, AccountPruning],
  exports: [StreamStateReader, EpochStore],
})
export class AccountingModule {}
