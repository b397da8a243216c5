import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { TracingNews } from '../../src/tracing-config/tracing-news.ts';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { eventually } from '../harness/eventually.ts';
import { startOwnRedis } from '../harness/services.ts';
import { type AppInProcess, startInProcess } from './app-in-process.ts';

let studio: AppInProcess;
let person: ApiClient;
let program: ApiClient;
let id: string;
let apiKey: string;

beforeAll(async () => {
  studio = await startInProcess();
  person = await ApiClient.signedIn(studio.url);
});
afterAll(() => studio.close());
beforeEach(async () => {
  ({ id, apiKey } = await createProject(person));
  program = ApiClient.withKey(studio.url, apiKey);
});

const turn = (enabled: boolean) => person.patch(`/projects/${id}/tracing`, { tracing_enabled: enabled });

const held = ({ app }: AppInProcess, count: number): Promise<number> =>
  eventually(
    () => app.get(TracingNews).held,
    (now) => now === count,
  );

/** A question of a program that waits 25 s. */
const ask = ({ url }: AppInProcess, init: RequestInit = {}): Promise<Response> =>
  fetch(`${url}/api/v1/projects/${id}/tracing?version=1&wait=25`, {
    ...init,
    headers: { 'x-api-key': apiKey },
  });

/** Not told, it would be the end of the wait. Goal: 1 s. */
const TOLD_MS = 22_000;

describe('the switch, asked for over HTTP,', () => {
  test('is waited for: the answer comes with the change, or not at all within the time', async () => {
    const read = (query: string) => program.get(`/projects/${id}/tracing${query}`);
    expect(await read('?version=0&wait=25')).toMatchObject({ status: 200, body: { version: 1 } });
    expect((await read('?version=1&wait=0')).status).toBe(304);
    expect((await read('?version=1&wait=1')).status).toBe(304);
    const waiting = Promise.all(Array.from({ length: 20 }, () => read('?version=1&wait=25')));
    await held(studio, 20);
    const turnedAt = performance.now();
    await turn(false);
    for (const answer of await waiting)
      expect(answer).toMatchObject({ status: 200, body: { version: 2, enabled: false } });
    expect(performance.now() - turnedAt).toBeLessThan(TOLD_MS);
    await held(studio, 0);
  });

  test('is waited for at any replica, and by nobody who has gone', async () => {
    const other = await startInProcess({ DATABASE_URL: studio.databaseUrl });
    const there = ask(other);
    const leaving = new AbortController();
    const left = ask(other, { signal: leaving.signal });
    await held(other, 2);
    leaving.abort();
    await expect(left).rejects.toThrow();
    await held(other, 1);
    await turn(false);
    expect(await (await there).json()).toMatchObject({ version: 2, enabled: false });
    await other.close();
  });

  test('a question held open does not keep the server from stopping', async () => {
    const other = await startInProcess({ DATABASE_URL: studio.databaseUrl });
    const waiting = ask(other);
    await held(other, 1);
    const startedAt = performance.now();
    await other.close();
    expect((await waiting).status).toBe(304);
    expect(performance.now() - startedAt).toBeLessThan(TOLD_MS);
  });

  test('is not waited for by more than 2,000 of one project, and those of others are held still', async () => {
    const news = studio.app.get(TracingNews);
    const many = Array.from({ length: 2_000 }, () => news.hold(id, 1, 25_000));
    expect((await program.get(`/projects/${id}/tracing?version=1&wait=25`)).status).toBe(304);
    expect(news.held).toBe(2_000);
    const other = await createProject(person);
    const waiting = ApiClient.withKey(studio.url, other.apiKey).get(
      `/projects/${other.id}/tracing?version=1&wait=25`,
    );
    await held(studio, 2_001);
    for (const { cancel } of many) cancel();
    await person.patch(`/projects/${other.id}/tracing`, { tracing_enabled: false });
    expect(await waiting).toMatchObject({ status: 200, body: { version: 2 } });
  });

  test.each(['26', '-1', '1.5', 'long'])('is not waited for %s seconds', async (wait) => {
    expect(await program.get(`/projects/${id}/tracing?version=1&wait=${wait}`)).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'wait' }] },
    });
  });
});

test('with Redis away it is waited for all the same', async () => {
  const own = await startOwnRedis();
  const alone = await startInProcess({ OBSERVABILITY_REDIS_URL: own.url, DATABASE_URL: studio.databaseUrl });
  await own.stop();
  const waiting = ask(alone);
  await held(alone, 1);
  const turnedAt = performance.now();
  // Told by PostgreSQL alone.
  await ApiClient.signedIn(alone.url).then((admin) =>
    admin.patch(`/projects/${id}/tracing`, { tracing_enabled: false }),
  );
  expect(await (await waiting).json()).toMatchObject({ version: 2, enabled: false });
  expect(performance.now() - turnedAt).toBeLessThan(TOLD_MS);
  const again = await startOwnRedis({ folder: own.folder, port: own.port });
  await eventually(
    async () => (await fetch(`${alone.url}/health/ready`)).status,
    (status) => status === 200,
  );
  await alone.close();
  await again.stop();
  again.remove();
});
