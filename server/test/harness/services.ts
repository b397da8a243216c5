import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedRedis, startRedis } from '../../tools/embedded-redis.ts';
import { TEMPLATE_DATABASE, databaseUrl, onServer } from './template-database.ts';

/** URL of the Redis shared by the run. Use stream names and project ids of your own. */
export function sharedRedisUrl(): string {
  return requiredVariable('SWISPER_TEST_REDIS_URL');
}

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A migrated, empty database of its own; takes about 50 ms. */
export async function createDatabase(): Promise<TestDatabase> {
  const server = requiredVariable('SWISPER_TEST_POSTGRES_URL');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await onServer(server, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE_DATABASE}`));
  return {
    url: databaseUrl(server, name),
    drop: async () => {
      await onServer(server, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}

/** A Redis of its own, for tests that stop, kill or fill it. Give the same `folder` and `port` to start it again. */
export async function startOwnRedis(
  options: {
    folder?: string;
    port?: number;
    args?: readonly string[];
  } = {},
): Promise<EmbeddedRedis & { folder: string; remove(): void }> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'swisper-studio-redis-'));
  const redis = await startRedis({
    dataDir: join(folder, 'data'),
    logFile: join(folder, 'redis.log'),
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.args === undefined ? {} : { args: options.args }),
  });
  return { ...redis, folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function uniqueStream(): string {
  return `observability:events:test-${randomUUID()}`;
}

function requiredVariable(name: string): string {
  const value = process.env[name];
  if (value === undefined)
    throw new Error(`${name} is set by the jest global setup; run the test through jest`);
  return value;
}
