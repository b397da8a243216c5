import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StreamLimit } from '../../src/stream-limit/index.ts';
import { spawnTied, type TiedProcess } from '../../tools/child-process.ts';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { eventually } from '../harness/eventually.ts';
import { observedEnvironment } from '../harness/observed-process.ts';
import { startOwnRedis, uniqueStream } from '../harness/services.ts';
import { type AppInProcess, startInProcess } from './app-in-process.ts';

const MB = 1024 ** 2;
const MAXMEMORY = 64 * MB;
const LIMIT = Math.floor(0.4 * MAXMEMORY);
const PROCESSES = 3;
const LOOP = join(import.meta.dirname, '../harness/flooding-loop.ts');
const stream = uniqueStream();

let own: Awaited<ReturnType<typeof startOwnRedis>>;
let host: Redis;
let studio: AppInProcess;
let projectId: string;
let observed: TiedProcess[];

beforeAll(async () => {
  own = await startOwnRedis({ args: ['--maxmemory', String(MAXMEMORY)] });
  host = new Redis(own.url);
  studio = await startInProcess({
    OBSERVABILITY_REDIS_URL: own.url,
    OBSERVABILITY_STREAM_NAME: stream,
    STUDIO_ROLES: 'api',
  });
  const project = await createProject(await ApiClient.signedIn(studio.url));
  projectId = project.id;
  const target = {
    url: studio.url,
    apiKey: project.apiKey,
    projectId,
    redisUrl: own.url,
    streamName: stream,
  };
  observed = Array.from({ length: PROCESSES }, () => {
    const logFile = join(mkdtempSync(join(tmpdir(), 'swisper-studio-flood-')), 'output.log');
    return spawnTied(process.execPath, [LOOP], {
      logFile,
      env: { ...observedEnvironment(target), SWISPER_STUDIO_HEARTBEAT_INTERVAL: '1' },
    });
  });
});
afterAll(async () => {
  await Promise.all(observed.map((process) => process.stop(120_000)));
  host.disconnect();
  await studio.close();
  await own.stop();
  own.remove();
});

const limit = (): StreamLimit => studio.app.get(StreamLimit);
const refused: unknown[] = [];
let writes = 0;

/** What the application that Redis belongs to does with it. */
async function hostWrites(): Promise<void> {
  writes += 1;
  await host
    .set(`host:${String(writes % 100)}`, 'y'.repeat(10_000))
    .catch((error: unknown) => refused.push(error));
}

/** Events of the project's instances that were dropped because the stream was full, as their heartbeats say. */
async function reportedDrops(): Promise<number[]> {
  const rows = await studio.database.query<{ drops: string | null }[]>(
    `SELECT counters->'dropped'->>'stream_full' AS drops FROM project_connections WHERE project_id = $1`,
    [projectId],
  );
  return rows.map(({ drops }) => Number(drops ?? 0));
}

test('with the consumer off and the stream at its limit, the host\u2019s own writes succeed, and drops are counted', async () => {
  await eventually(
    async () => {
      await hostWrites();
      return limit().isFull;
    },
    (isFull) => isFull,
  );
  for (let write = 0; write < 500; write += 1) await hostWrites();
  expect(Number(await host.call('MEMORY', 'USAGE', stream, 'SAMPLES', '0'))).toBeLessThan(1.5 * LIMIT);

  await host.del(stream);
  await eventually(
    async () => {
      await hostWrites();
      return Number(await host.call('MEMORY', 'USAGE', stream, 'SAMPLES', '0'));
    },
    (bytes) => bytes > 0.9 * LIMIT,
  );
  expect(refused).toEqual([]);

  // Room to send what they hold, and to say goodbye.
  for (const { process } of observed) process.kill('SIGTERM');
  await host.del(stream);
  await eventually(reportedDrops, (drops) => drops.length === PROCESSES && drops.every((count) => count > 0));
}, 1_200_000);
