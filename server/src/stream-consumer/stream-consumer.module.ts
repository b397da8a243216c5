import { Logger, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { SETTINGS } from '../config/settings.module.ts';
import { type Settings } from '../config/settings.ts';
import { HeartbeatModule } from '../heartbeat/index.ts';
import { CLOCK, type Clock } from '../kernel/clock.ts';
import { ProjectDirectory } from '../projects/index.ts';
import { RedisConnections } from '../redis/redis.module.ts';
import { ServerSigningKey, TracesModule, TraceWriter } from '../traces/index.ts';
import { BatchWriter } from './storing/batch-writer.ts';
import { Breaker } from './storing/breaker.ts';
import { IsolationMark } from './storing/isolation-mark.entity.ts';
import { EntryPreparer } from './storing/entry-preparer.ts';
import { EntryStore } from './storing/entry-store.ts';
import { IsolationMarks } from './storing/isolation-marks.ts';
import { CommitFollowUp } from './storing/commit-follow-up.ts';
import { ConsumerAssembly } from './consumer-assembly.ts';
import { ConsumerRun } from './consumer-run.ts';
import { DeadLetterStore } from './dead-letters/dead-letter-store.ts';
import { DeadLetter } from './dead-letters/dead-letter.entity.ts';
import { EntryAdmission } from './storing/entry-admission.ts';
import { ObservabilityController } from './observability.controller.ts';
import { PipelineMetrics } from './pipeline-metrics.ts';
import { RedisStreamReader } from './reading/redis-stream-reader.ts';
import { StreamConsumer } from './stream-consumer.ts';
import { type OpenStreamReader, STREAM_READER } from './reading/stream-reader.ts';

/** The way from the stream into the database. */
@Module({
  imports: [TypeOrmModule.forFeature([DeadLetter, IsolationMark]), TracesModule, HeartbeatModule],
  controllers: [ObservabilityController],
  providers: [
    StreamConsumer,
    ConsumerRun,
    ConsumerAssembly,
    CommitFollowUp,
    PipelineMetrics,
    {
      provide: EntryAdmission,
      inject: [ProjectDirectory, ServerSigningKey, SETTINGS],
      useFactory: (directory: ProjectDirectory, serverKey: ServerSigningKey, settings: Settings) =>
        new EntryAdmission(directory, serverKey, settings.observability.streamName),
    },
    {
      provide: IsolationMarks,
      inject: [DataSource, CLOCK, SETTINGS],
      useFactory: (dataSource: DataSource, clock: Clock, settings: Settings) =>
        new IsolationMarks(dataSource, clock, settings.observability.streamName),
    },
    {
      provide: EntryStore,
      inject: [EntryAdmission, BatchWriter, IsolationMarks, CommitFollowUp],
      useFactory: (
        admission: EntryAdmission,
        writer: BatchWriter,
        marks: IsolationMarks,
        listener: CommitFollowUp,
      ) => {
        const log = new Logger('StreamConsumer');
        const preparer = new EntryPreparer(admission);
        return new EntryStore({ preparer, writer, marks, listener, log });
      },
    },
    {
      provide: BatchWriter,
      inject: [DataSource, TraceWriter, ProjectDirectory, CLOCK],
      useFactory: (
        dataSource: DataSource,
        traceWriter: TraceWriter,
        signatures: ProjectDirectory,
        clock: Clock,
      ) =>
        new BatchWriter({
          dataSource,
          traceWriter,
          signatures,
          deadLetters: new DeadLetterStore(clock),
          account: { findKnown: () => Promise.resolve(new Set()), record: () => Promise.resolve() },
          gate: { mayDrop: () => Promise.resolve(false), findSwitchedOff: () => Promise.resolve(new Set()) },
          breaker: new Breaker(clock),
        }),
    },
    {
      provide: STREAM_READER,
      inject: [RedisConnections, SETTINGS],
      useFactory:
        (connections: RedisConnections, { observability }: Settings): OpenStreamReader =>
        (consumer) =>
          new RedisStreamReader(connections.createRedis('bulk'), connections.createRedis('blocking'), {
            stream: observability.streamName,
            group: observability.groupName,
            consumer,
          }),
    },
  ],
})
export class StreamConsumerModule {}
