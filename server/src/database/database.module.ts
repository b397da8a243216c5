import { Global, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { SETTINGS } from '../config/settings.module.ts';
import { type Settings } from '../config/settings.ts';
import { BoundedClient } from './bounded-client.ts';
import { DatabaseStart } from './database-start.ts';
import { JobScheduler } from './job-scheduler.ts';

/** Connections one process may hold. */
const POOL_SIZE = 10;
/** No single statement of ours needs longer; one that does is stopped by the database. */
const STATEMENT_TIMEOUT_MS = 30_000;
/** A connection that says nothing for longer is broken: the database would have stopped the statement. */
const ANSWER_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 10_000;
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * The TypeORM connection. Entities come from the features' `TypeOrmModule.forFeature`. It is opened by
 * {@link DatabaseStart}, not while modules are made. Sessions run in UTC, so that nothing depends on the database
 * server's time zone.
 */
@Global()
@Module({
  imports: [
    ScheduleModule.forRoot(),
    TypeOrmModule.forRootAsync({
      inject: [SETTINGS],
      useFactory: (settings: Settings): TypeOrmModuleOptions => ({
        type: 'postgres',
        url: settings.databaseUrl,
        autoLoadEntities: true,
        manualInitialization: true,
        retryAttempts: 0,
        poolSize: POOL_SIZE,
        connectTimeoutMS: CONNECT_TIMEOUT_MS,
        applicationName: 'swisper-studio',
        extra: {
          statement_timeout: STATEMENT_TIMEOUT_MS,
          query_timeout: ANSWER_TIMEOUT_MS,
          Client: BoundedClient,
          keepAlive: true,
          idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS * 2,
          options: '-c TimeZone=UTC',
        },
      }),
    }),
  ],
  providers: [DatabaseStart, JobScheduler],
  exports: [DatabaseStart, JobScheduler],
})
export class DatabaseModule {}
