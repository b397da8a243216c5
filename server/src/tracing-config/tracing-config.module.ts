import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { StreamLimitModule } from '../stream-limit/index.ts';
import { ChangedProjects } from './changed-projects.ts';
import { FullAnnouncer } from './full-announcer.ts';
import { RedisTime } from './redis-time.ts';
import { SwitchEnforcement } from './switch-enforcement.ts';
import { SwitchHistories } from './switch-histories.ts';
import { SwitchStates } from './switch-states.ts';
import { SwitchedOffPruning } from './switched-off-pruning.ts';
import { SwitchedOffTrace } from './switched-off-trace.entity.ts';
import { TracingChange } from './tracing-change.entity.ts';
import { TracingChanges } from './tracing-changes.ts';
import { TracingConfigReader } from './tracing-config-reader.ts';
import { TracingConfigController } from './tracing-config.controller.ts';
import { TracingController } from './tracing.controller.ts';
import { TracingEnd } from './tracing-end.ts';
import { TracingNews } from './tracing-news.ts';
import { TracingPublisher } from './tracing-publisher.ts';
import { TracingReassertion } from './tracing-reassertion.ts';
import { TracingSwitch } from './tracing-switch.ts';

/** The tracing switch of each project, its way to the SDKs, and what the consumer must know to enforce it. */
@Module({
  imports: [StreamLimitModule, TypeOrmModule.forFeature([TracingChange, SwitchedOffTrace])],
  controllers: [TracingController, TracingConfigController],
  providers: [
    RedisTime,
    TracingChanges,
    TracingNews,
    TracingPublisher,
    TracingSwitch,
    TracingConfigReader,
    TracingReassertion,
    SwitchStates,
    ChangedProjects,
    FullAnnouncer,
    TracingEnd,
    SwitchHistories,
    SwitchEnforcement,
    SwitchedOffPruning,
  ],
  exports: [SwitchEnforcement],
})
export class TracingConfigModule {}
