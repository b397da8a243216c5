import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { AuthModule } from '../auth/index.ts';
import { SettingsModule } from '../config/settings.module.ts';
import { type Settings } from '../config/settings.ts';
import { ConsoleHostModule } from '../console-host/console-host.module.ts';
import { DatabaseModule } from '../database/database.module.ts';
import { HealthModule } from '../health/health.module.ts';
import { HeartbeatModule } from '../heartbeat/index.ts';
import { KernelModule } from '../kernel/kernel.module.ts';
import { ProjectsModule } from '../projects/index.ts';
import { RedisModule } from '../redis/redis.module.ts';
import { TracingConfigModule } from '../tracing-config/index.ts';
import { logging } from './logging.ts';

/** Everything there is; `STUDIO_ROLES` decides what of it works in this process. */
@Module({})
export class AppModule {
  static of(settings: Settings): DynamicModule {
    return {
      module: AppModule,
      imports: [
        LoggerModule.forRoot(logging(settings.logLevel)),
        KernelModule,
        SettingsModule.of(settings),
        DatabaseModule,
        RedisModule,
        ProjectsModule,
        AuthModule,
        HeartbeatModule,
        TracingConfigModule,
        ...consumer(settings),
        HealthModule,
        ConsoleHostModule,
      ],
    };
  }
}

function consumer(_settings: Settings): Type[] {
  return [];
}
