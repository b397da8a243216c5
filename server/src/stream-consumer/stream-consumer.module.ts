import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SETTINGS } from '../config/settings.module.ts';
import { type Settings } from '../config/settings.ts';
import { HeartbeatModule } from '../heartbeat/index.ts';
import { RedisConnections } from '../redis/redis.module.ts';
import { TracingConfigModule } from '../tracing-config/index.ts';
import { TracesModule } from '../traces/index.ts';
import { AccountingModule } from './accounting/accounting.module.ts';
import { STORING_PROVIDERS } from './storing/storing-providers.ts';
import { IsolationMark } from './storing/isolation-mark.entity.ts';
import { ConsumerAssembly } from './consumer-assembly.ts';
import { ConsumerRun } from './consumer-run.ts';
import { DeadLetter } from './refused/dead-letter.entity.ts';
import { PipelineModule } from './pipeline/pipeline.module.ts';
import { ConsumerNames } from './reading/consumer-names.ts';
import { RedisStreamReader } from './reading/redis-stream-reader.ts';
import { StreamConsumer } from './stream-consumer.ts';
import { type OpenStreamReader, STREAM_READER } from './reading/stream-reader.ts';

/** The way from the stream into the database. */
@Module({
  imports: [
    TypeOrmModule.forFeature([DeadLetter, IsolationMark]),
    TracesModule,
    HeartbeatModule,
    TracingConfigModule,
    AccountingModule,
    PipelineModule,
  ],
  providers: [
    StreamConsumer,
    ConsumerRun,
    ConsumerNames,
    ConsumerAssembly,
    ...STORING_PROVIDERS,
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
