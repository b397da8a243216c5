import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SchedulerRegistry } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { JobScheduler } from '../../src/database/job-scheduler.ts';
import { ProcessLocks } from '../../src/database/process-locks.ts';
import { Startup } from '../../src/kernel/startup.ts';
import { eventually } from '../harness/eventually.ts';
import { createDatabase, sharedRedisUrl } from '../harness/services.ts';
import { settingsFor } from './ingest-rig.ts';

const POOL_SIZE = 10;
let database: Awaited<ReturnType<typeof createDatabase>>;
let dataSource: DataSource;

beforeAll(async () => {
  database = await createDatabase();
  dataSource = await new DataSource({
    type: 'postgres',
    url: database.url,
    poolSize: POOL_SIZE,
  }).initialize();
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

test('more jobs than there are connections all run, and leave connections for others', async () => {
  const startup = new Startup();
  const settings = settingsFor(database.url, sharedRedisUrl());
  const scheduler = new JobScheduler(dataSource, startup, new SchedulerRegistry(), settings);
  const jobs = Array.from({ length: POOL_SIZE * 2 }, (_, at) => `job ${String(at)}`);
  const ran: string[] = [];
  for (const name of jobs) {
    const run = async (): Promise<void> => {
      await dataSource.query('SELECT pg_sleep(0.02)');
      ran.push(name);
    };
    scheduler.add({ name, everyMs: 3_600_000, run });
  }
  scheduler.onApplicationBootstrap();
  startup.markReady();
  expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await eventually(
    () => ran.length,
    (count) => count === jobs.length,
  );
  expect(new Set(ran)).toEqual(new Set(jobs));
  await scheduler.beforeApplicationShutdown();
  const held = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())`;
  expect(await dataSource.query(held)).toEqual([]);
});

test('a question about a lock that fails leaves none behind that nobody would release', async () => {
  const locks = new ProcessLocks(dataSource, 4_711);
  expect(await locks.tryTake('held')).toBe(true);
  await expect(locks.tryTake('\0')).rejects.toThrow();
  const others = new ProcessLocks(dataSource, 4_711);
  const reserved = dataSource.createQueryRunner();
  await reserved.connect();
  expect(await others.tryTake('held')).toBe(true);
  await reserved.release();
  await Promise.all([locks.close(), others.close()]);
});
