import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { TRACING_CHANGES_CHANNEL, tracingConfigKey, tracingEnabledKey } from 'swisper-studio/contract';
import { SERVER_VERSION } from '../../src/config/server-version.ts';
import { StreamLimit } from '../../src/stream-limit/index.ts';
import { TracingPublisher } from '../../src/tracing-config/tracing-publisher.ts';
import { TracingReassertion } from '../../src/tracing-config/tracing-reassertion.ts';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { eventually } from '../harness/eventually.ts';
import { ADMIN } from '../harness/server-process.ts';
import { sharedRedisUrl, startOwnRedis } from '../harness/services.ts';
import { type AppInProcess, startInProcess } from './app-in-process.ts';

const redis = new Redis(sharedRedisUrl());
let studio: AppInProcess;
let person: ApiClient;
let program: ApiClient;
let id: string;

beforeAll(async () => {
  studio = await startInProcess();
  await eventually(
    () => studio.app.get(StreamLimit).knownLimitBytes,
    (bytes) => bytes !== undefined,
  );
  person = await ApiClient.signedIn(studio.url);
});
afterAll(async () => {
  redis.disconnect();
  await studio.close();
});
beforeEach(async () => {
  const project = await createProject(person);
  id = project.id;
  program = ApiClient.withKey(studio.url, project.apiKey);
});

const turn = (client: ApiClient, enabled: boolean, rest: object = {}) =>
  client.patch(`/projects/${id}/tracing`, { tracing_enabled: enabled, ...rest });

async function config(): Promise<unknown> {
  return JSON.parse((await redis.get(tracingConfigKey(id))) ?? 'null');
}

describe('the switch', () => {
  test('off has no end in Redis, on has 300 s, and both say their version', async () => {
    expect(await turn(person, false)).toMatchObject({
      status: 200,
      body: {
        status: 'ok',
        tracing_enabled: false,
        message: 'Tracing disabled for project',
        version: 2,
        applied: true,
      },
    });
    expect(await redis.get(tracingEnabledKey(id))).toBe('false');
    expect(await redis.ttl(tracingEnabledKey(id))).toBe(-1);
    expect(await config()).toEqual({
      version: 2,
      enabled: false,
      full: false,
      max_bytes: 2 * 1024 ** 3,
      sampling: null,
      require_signature: false,
    });

    expect(await turn(person, true)).toMatchObject({
      body: {
        status: 'ok',
        tracing_enabled: true,
        message: 'Tracing enabled for project',
        version: 3,
        applied: true,
      },
    });
    expect(await redis.get(tracingEnabledKey(id))).toBe('true');
    const ttl = await redis.ttl(tracingEnabledKey(id));
    expect(ttl).toBeGreaterThan(290);
    expect(ttl).toBeLessThanOrEqual(300);
    expect(await config()).toMatchObject({ version: 3, enabled: true });
    expect((await person.get(`/projects/${id}`)).body).toMatchObject({
      tracing_enabled: true,
      tracing_version: 3,
    });
  });

  test('is announced after the commit', async () => {
    const listener = new Redis(sharedRedisUrl());
    const heard: string[] = [];
    listener.on('message', (_channel, message: string) => heard.push(message));
    await listener.subscribe(TRACING_CHANGES_CHANNEL);
    await turn(person, false);
    const expected = JSON.stringify({ project_id: id, version: 2 });
    await eventually(
      () => heard,
      (messages) => messages.includes(expected),
    );
    listener.disconnect();
  });

  test('asked for what it already is makes no new version and no history', async () => {
    expect(await turn(person, true)).toMatchObject({ body: { version: 1, applied: true } });
    await turn(person, false);
    expect(await turn(person, false)).toMatchObject({ body: { version: 2, applied: true } });
    expect(await person.get(`/projects/${id}/tracing/history`)).toMatchObject({
      body: { items: [{ version: 2 }] },
    });
  });

  test('turned by many at once gets one version per change, and Redis ends with the last', async () => {
    await Promise.all(Array.from({ length: 12 }, (_, index) => turn(person, index % 2 === 0)));
    const project = await person.get(`/projects/${id}`);
    const { tracing_enabled: enabled, tracing_version: version } = project.body as Record<string, unknown>;
    expect(await config()).toMatchObject({ version, enabled });
    expect(await redis.get(tracingEnabledKey(id))).toBe(String(enabled));
  });

  test('remembers who turned it, when and why, newest first, page by page', async () => {
    await turn(person, false, { reason: 'too expensive' });
    await turn(program, true);
    await turn(person, false);
    const first = await program.get(`/projects/${id}/tracing/history?limit=2`);
    expect(first.body).toMatchObject({
      items: [
        { version: 4, tracing_enabled: false, changed_by: ADMIN.email, reason: null },
        { version: 3, tracing_enabled: true, changed_by: expect.stringMatching(/^key [0-9a-f]{16}$/) },
      ],
    });
    const { next_cursor: cursor } = first.body as { next_cursor: string };
    const second = await program.get(`/projects/${id}/tracing/history?limit=2&cursor=${cursor}`);
    expect(second.body).toMatchObject({
      items: [{ version: 2, tracing_enabled: false, reason: 'too expensive' }],
      next_cursor: null,
    });
  });

  test('takes effect by Redis\u2019 clock: off after what was received before, on before what is received after', async () => {
    const entryMs = async (): Promise<number> => {
      const key = `observability:events:test-${id}`;
      return Number(String(await redis.xadd(key, '*', 'a', 'b')).split('-')[0]);
    };
    const turns: { beforeMs: number; afterMs: number }[] = [];
    for (const enabled of [false, true, false, true]) {
      const beforeMs = await entryMs();
      await turn(person, enabled);
      turns.push({ beforeMs, afterMs: await entryMs() });
    }
    const rows = await studio.database.query<{ effective_at: Date; tracing_enabled: boolean }[]>(
      'SELECT effective_at, tracing_enabled FROM tracing_changes WHERE project_id = $1 ORDER BY version',
      [id],
    );
    expect(rows).toHaveLength(turns.length);
    for (const [index, { beforeMs, afterMs }] of turns.entries()) {
      const effectiveMs = rows[index]?.effective_at.getTime();
      expect(effectiveMs).toBeGreaterThanOrEqual(beforeMs);
      expect(effectiveMs).toBeLessThanOrEqual(afterMs);
    }
  });

  test('is read by SDKs over HTTP, with 304 while there is nothing newer', async () => {
    const read = (query: string) => program.get(`/projects/${id}/tracing${query}`);
    expect(await read('')).toMatchObject({
      status: 200,
      body: { version: 1, enabled: true, full: false, changed_by: null, server_version: SERVER_VERSION },
    });
    expect((await read('')).body).toHaveProperty(
      'stream_name',
      expect.stringMatching(/^observability:events:test-/),
    );
    expect((await read('?version=1')).status).toBe(304);
    await turn(person, false, { reason: 'night' });
    expect(await read('?version=1')).toMatchObject({ body: { version: 2, enabled: false, reason: 'night' } });
    expect((await read('?version=2')).status).toBe(304);
    const beat = { project_id: id, status: 'connected', timestamp: new Date().toISOString() };
    expect(await program.post('/projects/heartbeat', beat)).toMatchObject({
      body: { config_version: 2, tracing_enabled: false },
    });
  });

  test('of a deleted project is off at once, and told, and its history says so', async () => {
    const listener = new Redis(sharedRedisUrl());
    const heard: string[] = [];
    listener.on('message', (_channel, message: string) => heard.push(message));
    await listener.subscribe(TRACING_CHANGES_CHANNEL);
    expect(await person.delete(`/projects/${id}`)).toMatchObject({ status: 200 });
    expect(await redis.get(tracingEnabledKey(id))).toBe('false');
    expect(await config()).toMatchObject({ version: 2, enabled: false });
    const expected = JSON.stringify({ project_id: id, version: 2 });
    await eventually(
      () => heard,
      (messages) => messages.includes(expected),
    );
    listener.disconnect();
    const history: unknown = await studio.database.query(
      'SELECT version, tracing_enabled, reason FROM tracing_changes WHERE project_id = $1',
      [id],
    );
    expect(history).toEqual([{ version: '2', tracing_enabled: false, reason: 'The project was deleted' }]);
    expect(await person.delete(`/projects/${id}`)).toMatchObject({ status: 404 });
  });

  test('of a deleted project that was off stays off, without another turn in its history', async () => {
    await turn(person, false);
    await person.delete(`/projects/${id}`);
    expect(await config()).toMatchObject({ version: 3, enabled: false });
    const history: unknown = await studio.database.query(
      'SELECT version FROM tracing_changes WHERE project_id = $1',
      [id],
    );
    expect(history).toEqual([{ version: '2' }]);
  });
});

describe('publishing', () => {
  const write = (version: number, enabled: boolean) =>
    studio.app.get(TracingPublisher).write({ projectId: id, version, enabled, requireSignature: false });

  test('never goes back to an older version, and repeats the same one', async () => {
    expect(await write(7, false)).toBe(true);
    expect(await write(6, true)).toBe(false);
    expect(await redis.get(tracingEnabledKey(id))).toBe('false');
    expect(await config()).toMatchObject({ version: 7, enabled: false });
    expect(await write(7, false)).toBe(true);
    expect(await write(8, true)).toBe(true);
    expect(await redis.get(tracingEnabledKey(id))).toBe('true');
  });

  test.each(['nonsense', '5', '{"version":"x"}', '[]'])(
    'overwrites a config that is not ours: %s',
    async (text) => {
      await redis.set(tracingConfigKey(id), text);
      expect(await write(1, true)).toBe(true);
      expect(await config()).toMatchObject({ version: 1 });
    },
  );

  test('is repeated for all projects, so that what Redis lost comes back', async () => {
    await turn(person, false);
    await redis.del(tracingEnabledKey(id), tracingConfigKey(id));
    await studio.app.get(TracingReassertion).run(new AbortController().signal);
    expect(await redis.get(tracingEnabledKey(id))).toBe('false');
    expect(await config()).toMatchObject({ version: 2, enabled: false });
  });
});

test('with Redis away a change is saved and says so; it is published once Redis is back', async () => {
  const own = await startOwnRedis();
  const alone = await startInProcess({ OBSERVABILITY_REDIS_URL: own.url });
  const admin = await ApiClient.signedIn(alone.url);
  const project = await createProject(admin);
  await own.stop();
  const answer = await admin.patch(`/projects/${project.id}/tracing`, { tracing_enabled: false });
  expect(answer).toMatchObject({ status: 200, body: { tracing_enabled: false, version: 2, applied: false } });
  expect((await fetch(`${alone.url}/health/ready`)).status).toBe(503);
  expect((await fetch(`${alone.url}/health/live`)).status).toBe(200);
  const again = await startOwnRedis({ folder: own.folder, port: own.port });
  await eventually(
    async () => (await fetch(`${alone.url}/health/ready`)).status,
    (status) => status === 200,
  );
  await alone.app.get(TracingReassertion).run(new AbortController().signal);
  const back = new Redis(again.url);
  expect(await back.get(tracingEnabledKey(project.id))).toBe('false');
  back.disconnect();
  await alone.close();
  await again.stop();
  again.remove();
});
