import { Module } from '@nestjs/common';
import { SETTINGS } from '../../config/settings.module.ts';
import { type Settings } from '../../config/settings.ts';
import { HeartbeatModule, HeartbeatStore } from '../../heartbeat/index.ts';
import { CLOCK, type Clock } from '../../kernel/clock.ts';
import { ProjectDirectory } from '../../projects/index.ts';
import { REDIS, type RedisCommands } from '../../redis/redis.module.ts';
import { ServerSigningKey, TracesModule } from '../../traces/index.ts';
import { ConsumerMetrics } from '../pipeline/consumer-metrics.ts';
import { PipelineModule } from '../pipeline/pipeline.module.ts';
import { EntryAdmission } from '../storing/entry-admission.ts';
import { HeartbeatIntake } from './heartbeat-intake.ts';
import { HeartbeatLoop } from './heartbeat-loop.ts';
import { HeartbeatReader } from './heartbeat-reader.ts';
import { HeartbeatRefusals } from './heartbeat-refusals.ts';
import { StreamHeartbeats } from './stream-heartbeats.ts';

type IntakeParts = [
  store: HeartbeatStore,
  reader: HeartbeatReader,
  directory: ProjectDirectory,
  serverKey: ServerSigningKey,
  metrics: ConsumerMetrics,
  clock: Clock,
];

/** Signs of life that came over Redis. Beside the events' consumer, which they neither delay nor wait for. */
@Module({
  imports: [HeartbeatModule, TracesModule, PipelineModule],
  providers: [
    StreamHeartbeats,
    {
      provide: HeartbeatReader,
      inject: [REDIS, SETTINGS],
      useFactory: (redis: RedisCommands, { observability }: Settings) =>
        new HeartbeatReader(redis, observability),
    },
    {
      provide: HeartbeatIntake,
      inject: [HeartbeatStore, HeartbeatReader, ProjectDirectory, ServerSigningKey, ConsumerMetrics, CLOCK],
      useFactory: (...[store, { stream }, directory, serverKey, metrics, clock]: IntakeParts) => {
        const refusals = new HeartbeatRefusals(clock, metrics.registry);
        return new HeartbeatIntake({
          store,
          clock,
          admission: () => new EntryAdmission(directory, serverKey, stream),
          onRefused: (reason, detail) => refusals.add(reason, detail),
        });
      },
    },
    {
      provide: HeartbeatLoop,
      inject: [HeartbeatReader, HeartbeatIntake, CLOCK],
      useFactory: (reader: HeartbeatReader, intake: HeartbeatIntake, clock: Clock) =>
        new HeartbeatLoop({ reader, intake, clock }),
    },
  ],
})
export class StreamHeartbeatsModule {}
