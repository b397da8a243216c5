import { type DynamicModule, Global, Logger, Module } from '@nestjs/common';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { SETTINGS } from '../config/settings.module.ts';
import { type Settings } from '../config/settings.ts';
import { systemClock } from '../kernel/clock.ts';
import { connectWhenReachable } from './connect.ts';
import { JobScheduler } from './job-scheduler.ts';
import { migrate } from './migrate.ts';

/** Connections one process may hold. */
const POOL_SIZE = 10;
/** No single statement of ours needs longer; one that does is stopped by the database. */
const STATEMENT_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * The TypeORM connection. Entities come from the features' `TypeOrmModule.forFeature`. Sessions run in UTC, so that
 * nothing depends on the database server's time zone.
 */
@Global()
@Module({ providers: [JobScheduler], exports: [JobScheduler] })
export class DatabaseModule {
  /** Waits for the database, migrates it, and connects. */
  static connected(): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRootAsync({
          inject: [SETTINGS],
          useFactory: (settings: Settings) => databaseOptions(settings),
          dataSourceFactory: (options) => openMigrated(options),
        }),
      ],
    };
  }

  /** Knows the entities and never connects: for generating documents. */
  static unconnected(): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRoot({
          type: 'postgres',
          autoLoadEntities: true,
          manualInitialization: true,
          retryAttempts: 0,
        }),
      ],
    };
  }
}

function databaseOptions(settings: Settings): TypeOrmModuleOptions {
  return {
    type: 'postgres',
    url: settings.databaseUrl,
    autoLoadEntities: true,
    retryAttempts: 0,
    poolSize: POOL_SIZE,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    applicationName: 'swisper-studio',
    extra: {
      statement_timeout: STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS * 2,
      options: '-c TimeZone=UTC',
    },
  };
}

async function openMigrated(options: DataSourceOptions | undefined): Promise<DataSource> {
  if (options?.type !== 'postgres' || options.url === undefined)
    throw new Error('The database is PostgreSQL');
  const log = new Logger('Database');
  await migrate(options.url, log);
  const dataSource = new DataSource({
    ...options,
    poolErrorHandler: (error: unknown) => log.warn({ err: error }, 'A database connection was lost'),
  });
  return connectWhenReachable(dataSource, systemClock, log);
}
