import { type DynamicModule, Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { AuthModule } from '../auth/index.ts';
import { SettingsModule } from '../config/settings.module.ts';
import { type Settings } from '../config/settings.ts';
import { CONSOLE_ROOT } from '../console-host/console-files.ts';
import { ConsoleHostModule } from '../console-host/console-host.module.ts';
import { DatabaseModule } from '../database/database.module.ts';
import { HealthModule } from '../health/health.module.ts';
import { HeartbeatModule } from '../heartbeat/index.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { KernelModule } from '../kernel/kernel.module.ts';
import { ProjectsModule } from '../projects/index.ts';
import { RedisModule } from '../redis/redis.module.ts';
import {
  DeadLettersModule,
  HttpEventsModule,
  StreamConsumerModule,
  StreamHeartbeatsModule,
} from '../stream-consumer/index.ts';
import { TracesModule } from '../traces/index.ts';
import { TracingConfigModule } from '../tracing-config/index.ts';
import { logging } from './logging.ts';

/** What tests put in the place of the machine's own. */
export interface AppParts {
  clock?: Clock;
  /** Folder of the built console. */
  consoleRoot?: string;
}

/** Everything there is; `STUDIO_ROLES` decides what of it works in this process. */
@Module({})
export class AppModule {
  static of(settings: Settings, parts: AppParts = {}): DynamicModule {
    return {
      module: AppModule,
      imports: [
        LoggerModule.forRoot(logging(settings.logLevel)),
        KernelModule.with(parts.clock ?? systemClock),
        SettingsModule.of(settings),
        DatabaseModule,
        RedisModule,
        ProjectsModule,
        AuthModule,
        HeartbeatModule,
        TracingConfigModule,
        TracesModule,
        StreamConsumerModule,
        StreamHeartbeatsModule,
        DeadLettersModule,
        HttpEventsModule,
        HealthModule,
        ConsoleHostModule.of(parts.consoleRoot ?? CONSOLE_ROOT),
      ],
    };
  }
}
