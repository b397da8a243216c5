import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { limitKey, limitTurnKey, TRACING_CHANGES_CHANNEL, tracingConfigKey } from 'swisper-studio/contract';
import { StreamLimit } from '../../src/stream-limit/index.ts';
import { SwitchStates } from '../../src/tracing-config/switch-states.ts';
import { TracingPublisher } from '../../src/tracing-config/tracing-publisher.ts';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { eventually } from '../harness/eventually.ts';
import { startOwnRedis, uniqueStream } from '../harness/services.ts';
import { type AppInProcess, startInProcess } from './app-in-process.ts';

const MB = 1024 ** 2;
const stream = uniqueStream();

let own: Awaited<ReturnType<typeof startOwnRedis>>;
let redis: Redis;
let studio: AppInProcess;
let person: ApiClient;
let projects: string[];

beforeAll(async () => {
  own = await startOwnRedis();
  redis = new Redis(own.url);
  // Nobody consumes here, and the api role alone must be enough.
  studio = await startInProcess({
    OBSERVABILITY_REDIS_URL: own.url,
    OBSERVABILITY_STREAM_NAME: stream,
    OBSERVABILITY_STREAM_MAX_BYTES: String(2 * MB),
    STUDIO_ROLES: 'api',
  });
  person = await ApiClient.signedIn(studio.url);
  projects = [(await createProject(person)).id, (await createProject(person)).id];
});
afterAll(async () => {
  redis.disconnect();
  await studio.close();
  await own.stop();
  own.remove();
});
beforeEach(async () => {
  await redis.del(stream);
  await becomes(false);
  await eventually(fullInConfigs, (all) => all.every((full) => full === false));
});

async function fill(bytes: number): Promise<void> {
  const payload = 'x'.repeat(50_000);
  for (let added = 0; added < bytes; added += payload.length) await redis.xadd(stream, '*', 'p', payload);
}

/** Removes the oldest entries one by one. @returns what the stream takes then */
async function trimBelow(limitBytes: number): Promise<number> {
  for (let length = await redis.xlen(stream); ; length -= 1) {
    const bytes = Number(await redis.call('MEMORY', 'USAGE', stream, 'SAMPLES', '0'));
    if (bytes < limitBytes) return bytes;
    await redis.xtrim(stream, 'MAXLEN', '=', length - 1);
  }
}

async function fullInConfigs(): Promise<unknown[]> {
  const texts = await redis.mget(projects.map(tracingConfigKey));
  return texts.map((text) => (JSON.parse(text ?? '{}') as { full?: unknown }).full ?? false);
}

const limit = (): StreamLimit => studio.app.get(StreamLimit);

async function becomes(isFull: boolean): Promise<void> {
  await eventually(
    () => limit().isFull,
    (answer) => answer === isFull,
  );
}

describe('a stream at its limit', () => {
  test('is full in every project\u2019s configuration and in the API, is told, and ends by itself', async () => {
    const listener = new Redis(own.url);
    const heard = new Set<string>();
    listener.on('message', (_channel, message: string) => {
      heard.add((JSON.parse(message) as { project_id: string }).project_id);
    });
    await listener.subscribe(TRACING_CHANGES_CHANNEL);
    await fill(2.2 * MB);
    await eventually(fullInConfigs, (all) => all.every((full) => full === true));
    await eventually(
      () => [...heard].sort(),
      (ids) => ids.length === projects.length,
    );
    listener.disconnect();
    expect(await person.get(`/projects/${projects[0]}/tracing`)).toMatchObject({ body: { full: true } });
    expect(limit().read()).toMatchObject({ limitBytes: 2 * MB, isFull: true });
    expect(limit().read().bytes).toBeGreaterThan(2 * MB);

    await redis.del(stream);
    await eventually(fullInConfigs, (all) => all.every((full) => full === false));
    expect(await person.get(`/projects/${projects[0]}/tracing`)).toMatchObject({ body: { full: false } });
  });

  test('is full until a tenth of it is free', async () => {
    await fill(2.2 * MB);
    await becomes(true);
    const bytes = await trimBelow(2 * MB);
    expect(bytes).toBeGreaterThan(1.8 * MB);
    await eventually(
      () => limit().read().bytes,
      (measured) => measured === bytes,
    );
    expect(limit().isFull).toBe(true);
    await trimBelow(1.8 * MB);
    await becomes(false);
  });

  test('is the same for every replica, and one of them measures', async () => {
    const other = await startInProcess({
      DATABASE_URL: studio.databaseUrl,
      OBSERVABILITY_REDIS_URL: own.url,
      OBSERVABILITY_STREAM_NAME: stream,
      OBSERVABILITY_STREAM_MAX_BYTES: String(2 * MB),
      STUDIO_ROLES: 'scheduler',
    });
    await fill(2.2 * MB);
    await eventually(
      () => [limit().isFull, other.app.get(StreamLimit).isFull],
      (all) => all.every(Boolean),
    );
    await redis.set(limitTurnKey(stream), 'another', 'PX', 600_000);
    await eventually(
      async () => {
        // Again each time: a measuring that was under way may write over it.
        await redis.set(limitKey(stream), JSON.stringify({ bytes: 7, limit_bytes: 8, full: false }));
        return [limit().read().bytes, other.app.get(StreamLimit).read().bytes];
      },
      (all) => all.every((bytes) => bytes === 7),
    );
    await redis.del(limitTurnKey(stream));
    // What was written by hand above is measured anew before anything else changes: nobody was told of it.
    await becomes(true);
    await other.close();
  });

  test('stays full in the configuration, whatever a writer believes', async () => {
    await fill(2.2 * MB);
    await eventually(fullInConfigs, (all) => all.every((full) => full === true));
    const turned = await person.patch(`/projects/${projects[0]}/tracing`, { tracing_enabled: false });
    expect(turned).toMatchObject({ body: { applied: true } });
    expect(await fullInConfigs()).toEqual([true, true]);
    await person.patch(`/projects/${projects[0]}/tracing`, { tracing_enabled: true });
  });
});

test('a Redis that refuses writes counts as full, and is told when it takes them again', async () => {
  await redis.config('SET', 'maxmemory', '1');
  await becomes(true);
  await redis.config('SET', 'maxmemory', '0');
  await becomes(false);
  await eventually(fullInConfigs, (all) => all.every((full) => full === false));
});

test('SDKs are told of the switches read last while the database is away', async () => {
  const alone = await startInProcess({
    OBSERVABILITY_REDIS_URL: own.url,
    OBSERVABILITY_STREAM_NAME: uniqueStream(),
    STUDIO_ROLES: 'api',
  });
  const { id } = await createProject(await ApiClient.signedIn(alone.url));
  const states = new SwitchStates(alone.database);
  const state = { projectId: id, version: 1, enabled: true, requireSignature: false };
  expect(await states.read()).toEqual([state]);
  await alone.close();
  expect(await states.recall()).toEqual([state]);
  await expect(states.read()).rejects.toThrow();
});

test('the limit is 40 % of maxmemory where nothing else is set, and SDKs learn it', async () => {
  await redis.config('SET', 'maxmemory', String(100 * MB));
  const alone = await startInProcess({
    OBSERVABILITY_REDIS_URL: own.url,
    OBSERVABILITY_STREAM_NAME: uniqueStream(),
    STUDIO_ROLES: 'api',
  });
  await eventually(
    () => alone.app.get(StreamLimit).read().limitBytes,
    (bytes) => bytes === 40 * MB,
  );
  const { id } = await createProject(await ApiClient.signedIn(alone.url));
  const state = { projectId: id, version: 1, enabled: true, requireSignature: false };
  await alone.app.get(TracingPublisher).write(state);
  expect(JSON.parse((await redis.get(tracingConfigKey(id))) ?? '{}')).toMatchObject({ max_bytes: 40 * MB });
  await redis.config('SET', 'maxmemory', '0');
  await alone.close();
});

test.each([
  ['nothing while nobody has measured it', undefined, undefined],
  ['what the settings say at once', '5000000', 5_000_000],
])('of the limit SDKs are told %s', async (_what, configured, told) => {
  const alone = await startInProcess({
    OBSERVABILITY_REDIS_URL: own.url,
    OBSERVABILITY_STREAM_NAME: uniqueStream(),
    OBSERVABILITY_STREAM_MAX_BYTES: configured,
    // Measures nothing.
    STUDIO_ROLES: 'consumer',
  });
  const state = { projectId: randomUUID(), version: 1, enabled: true, requireSignature: false };
  await alone.app.get(TracingPublisher).write(state);
  const config = JSON.parse((await redis.get(tracingConfigKey(state.projectId))) ?? '{}') as object;
  expect('max_bytes' in config ? config.max_bytes : undefined).toBe(told);
  expect(config).toMatchObject({ version: 1, enabled: true });
  await alone.close();
});
