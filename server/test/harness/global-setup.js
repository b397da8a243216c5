import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Starts one PostgreSQL and one Redis for the whole run; test files make databases and streams of their own in them.
 * What tests write to the temporary folder goes with the run's.
 */
export default async function globalSetup() {
  if (Number(process.versions.node.split('.')[0]) < 24) {
    throw new Error(`Tests run on Node 24 (this is ${process.version}): use the npm scripts, they find it`);
  }
  if (globalThis.studioTestServices !== undefined) return;
  const { startPostgres } = await import('../../tools/embedded-postgres.ts');
  const { startRedis } = await import('../../tools/embedded-redis.ts');
  const { createTemplate } = await import('./template-database.ts');
  const folder = mkdtempSync(join(tmpdir(), 'swisper-studio-test-'));
  const postgres = await startPostgres({
    dataDir: join(folder, 'postgres'),
    logFile: join(folder, 'postgres.log'),
    durability: 'throwaway',
  });
  const redis = await startRedis({ dataDir: join(folder, 'redis'), logFile: join(folder, 'redis.log') });
  await createTemplate(postgres.url);
  process.env.SWISPER_TEST_POSTGRES_URL = postgres.url;
  process.env.SWISPER_TEST_REDIS_URL = redis.url;
  // Some of what is started runs as another user.
  chmodSync(folder, 0o711);
  process.env.TMPDIR = folder;
  globalThis.studioTestServices = { folder, postgres, redis };
}
