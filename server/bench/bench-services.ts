import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startPostgres } from '../tools/embedded-postgres.ts';
import { startRedis } from '../tools/embedded-redis.ts';
import {
  createTemplate,
  databaseUrl,
  onServer,
  TEMPLATE_DATABASE,
} from '../test/harness/template-database.ts';
import { cpuMsOf } from './process-cpu.ts';

/** PostgreSQL and Redis of this bench alone, as a person gets them: durable, nothing tuned. */
export interface BenchServices {
  readonly postgresUrl: string;
  readonly redisUrl: string;
  readonly versions: Record<string, string>;
  /** A new, empty, migrated database. @returns its URL */
  createDatabase(): Promise<string>;
  dropDatabase(url: string): Promise<void>;
  /** CPU time all processes of PostgreSQL have used so far, ms. */
  postgresCpuMs(): number;
  redisCpuMs(): number;
  stop(): Promise<void>;
}

/** Their data is in a folder of its own below the system's temporary folder, removed by `stop`. */
export async function startServices(): Promise<BenchServices> {
  const folder = mkdtempSync(join(tmpdir(), 'swisper-studio-bench-'));
  chmodSync(folder, 0o755);
  const logFile = (name: string) => join(folder, `${name}.log`);
  const postgres = await startPostgres({
    dataDir: join(folder, 'postgres'),
    logFile: logFile('postgres'),
    durability: 'durable',
  });
  const redis = await startRedis({ dataDir: join(folder, 'redis'), logFile: logFile('redis') });
  await createTemplate(postgres.url);
  return {
    postgresUrl: postgres.url,
    redisUrl: redis.url,
    versions: await versionsOf(postgres.url, redis.url),
    createDatabase: () => createDatabase(postgres.url),
    dropDatabase: (url) => dropDatabase(postgres.url, url),
    postgresCpuMs: () => cpuMsOf(postgres.pid),
    redisCpuMs: () => cpuMsOf(redis.pid),
    stop: async () => {
      await redis.stop();
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs a bench with services around it, which end however the bench ends. */
export async function withServices(bench: (services: BenchServices) => Promise<void>): Promise<void> {
  const services = await startServices();
  try {
    await bench(services);
  } finally {
    await services.stop();
  }
}

async function createDatabase(serverUrl: string): Promise<string> {
  const name = `bench_${randomUUID().replaceAll('-', '')}`;
  await onServer(serverUrl, (client) =>
    client.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE_DATABASE}`),
  );
  return databaseUrl(serverUrl, name);
}

async function dropDatabase(serverUrl: string, url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  await onServer(serverUrl, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
}

async function versionsOf(postgresUrl: string, redisUrl: string): Promise<Record<string, string>> {
  const PostgreSQL = await onServer(postgresUrl, async (client) => {
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return rows[0]?.server_version ?? 'unknown';
  });
  const redis = new Redis(redisUrl);
  const info = await redis.info('server');
  redis.disconnect();
  return { PostgreSQL, Redis: /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'unknown' };
}
