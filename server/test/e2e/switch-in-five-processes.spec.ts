import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { tracingConfigKey, tracingEnabledKey, TRACING_CHANGES_CHANNEL } from 'swisper-studio/contract';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { eventually } from '../harness/eventually.ts';
import { type ObservedProcess, startObservedProcess } from '../harness/observed-process.ts';
import { type ServerProcess, startServer } from '../harness/server-process.ts';
import { startOwnRedis } from '../harness/services.ts';

const PROCESSES = 5;
/** Who was not told would hear of it by polling, every 5 s. Goal: 1 s. */
const SOONER_THAN_POLLED_MS = 4_500;
/** A busy machine may hold up one turn or another; one that is sooner is proof. */
const MOST_TURNS = 5;

let own: Awaited<ReturnType<typeof startOwnRedis>>;
let redis: Redis;
let server: ServerProcess;
let project: { id: string; apiKey: string };
const observed: ObservedProcess[] = [];

beforeAll(async () => {
  own = await startOwnRedis();
  redis = new Redis(own.url);
  server = await startServer({ environment: { OBSERVABILITY_REDIS_URL: own.url } });
  project = await createProject(await ApiClient.signedIn(server.url));
  for (let number = 0; number < PROCESSES; number++) observed.push(startWatcher());
});

afterAll(async () => {
  await Promise.all(observed.map((each) => each.stop()));
  await server.stop();
  redis.disconnect();
  await own.stop();
  own.remove();
});

/** Reaches Redis only: its heartbeats take that way too, seldom enough that a slow one is not called late. */
function startWatcher(): ObservedProcess {
  const { redisUrl, streamName } = server;
  const target = { url: '', redisUrl, streamName, apiKey: project.apiKey, projectId: project.id };
  return startObservedProcess(target, 'switch-watcher.ts', { SWISPER_STUDIO_HEARTBEAT_INTERVAL: '10' });
}

/** What a process said last, and when. */
function stateOf(each: ObservedProcess): { state: string; atMs: number } {
  const [, state = '', at = '0'] = [...each.output().matchAll(/^(on|off) (\d+)$/gm)].at(-1) ?? [];
  return { state, atMs: Number(at) };
}

const states = (): string[] => observed.map((each) => stateOf(each).state);
const isAll = (state: string) => (seen: readonly string[]) => seen.every((each) => each === state);

async function instances(): Promise<{ status: string; config_version: number }[]> {
  const { body } = await ApiClient.withKey(server.url, project.apiKey).get('/projects/connection-status');
  return (body as { instances: { status: string; config_version: number }[] }[])[0]?.instances ?? [];
}

const listeners = async () => Number((await redis.pubsub('NUMSUB', TRACING_CHANGES_CHANNEL))[1]);

async function turn(isOn: boolean): Promise<{ version: number; atMs: number }> {
  const atMs = Date.now();
  const program = ApiClient.withKey(server.url, project.apiKey);
  const { body } = await program.patch(`/projects/${project.id}/tracing`, { tracing_enabled: isOn });
  return { version: (body as { version: number }).version, atMs };
}

test('processes that reach Redis only are shown as connected', async () => {
  const connected = async () => (await instances()).filter(({ status }) => status === 'connected').length;
  await eventually(connected, (count) => count === PROCESSES);
  expect(await instances()).toHaveLength(PROCESSES);
  await eventually(states, isAll('on'));
  await eventually(listeners, (count) => count >= PROCESSES);
});

async function turnEveryOneOff(): Promise<{ version: number; slowestMs: number }> {
  const { version, atMs } = await turn(false);
  await eventually(states, isAll('off'));
  const reachedMs = observed.map((each) => stateOf(each).atMs - atMs);
  process.stderr.write(`off reached ${PROCESSES} processes after ${reachedMs.join(', ')} ms (goal: 1000)\n`);
  return { version, slowestMs: Math.max(...reachedMs) };
}

test('off stops every process as soon as it is told, and each says that it did', async () => {
  let { version, slowestMs } = await turnEveryOneOff();
  for (let turns = 1; turns < MOST_TURNS && slowestMs >= SOONER_THAN_POLLED_MS; turns++) {
    await turn(true);
    await eventually(states, isAll('on'));
    ({ version, slowestMs } = await turnEveryOneOff());
  }
  expect(slowestMs).toBeLessThan(SOONER_THAN_POLLED_MS);
  const applied = async () => (await instances()).map((instance) => instance.config_version);
  await eventually(applied, (versions) => versions.every((each) => each === version));
});

test('off stays off with the server stopped: after new connections, for new processes, and without an end', async () => {
  await server.stop();
  expect(await redis.pttl(tracingEnabledKey(project.id))).toBe(-1);
  expect(await redis.pttl(tracingConfigKey(project.id))).toBe(-1);
  await redis.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await redis.client('KILL', 'TYPE', 'pubsub');
  observed.push(startWatcher());
  await eventually(states, isAll('off'));
  await eventually(listeners, (count) => count >= PROCESSES + 1);
  const before = observed.map((each) => stateOf(each).atMs);
  // Longer than it takes to ask again.
  await sleep(7_000);
  expect(observed.map((each) => stateOf(each).atMs)).toEqual(before);
  expect(states()).toEqual(Array(PROCESSES + 1).fill('off'));
});

test('on brings them back once there is a server again', async () => {
  const { databaseUrl: DATABASE_URL, streamName: OBSERVABILITY_STREAM_NAME } = server;
  server = await startServer({
    environment: { DATABASE_URL, OBSERVABILITY_STREAM_NAME, OBSERVABILITY_REDIS_URL: own.url },
  });
  await sleep(2_000);
  expect(isAll('off')(states())).toBe(true);
  await turn(true);
  await eventually(states, isAll('on'));
});
