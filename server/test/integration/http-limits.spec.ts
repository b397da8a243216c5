import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { type Settings } from '../../src/config/settings.ts';
import { SETTINGS } from '../../src/config/settings.module.ts';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { eventually } from '../harness/eventually.ts';
import { sharedRedisUrl } from '../harness/services.ts';
import { type AppInProcess, startInProcess } from './app-in-process.ts';

const MIB = 1024 * 1024;
let studio: AppInProcess;
let person: ApiClient;
beforeAll(async () => {
  studio = await startInProcess({ OBSERVABILITY_STREAM_MAX_BYTES: String(MIB) });
  person = await ApiClient.signedIn(studio.url);
});
afterAll(() => studio.close());

const trace = { name: 'run' };

/** A request whose body does not come yet. @returns what ends it */
function open(apiKey: string, bytes: number): { abort(): void; refused: Promise<number> } {
  const sending = request(`${studio.url}/api/v1/events`, {
    method: 'POST',
    headers: { 'x-api-key': apiKey, 'content-type': 'application/json', 'content-length': bytes },
    agent: false,
  });
  sending.on('error', () => undefined);
  sending.flushHeaders();
  const refused = new Promise<number>((resolve) =>
    sending.once('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }),
  );
  return { abort: () => sending.destroy(), refused };
}

test('a key that sends too much at once is told when to come back, others are not, and it recovers', async () => {
  const [greedy, other] = [await createProject(person, 'greedy'), await createProject(person, 'other')];
  const client = ApiClient.withKey(studio.url, greedy.apiKey);
  const held = [open(greedy.apiKey, 8_000_000), open(greedy.apiKey, 8_000_000)];
  const refused = await eventually(
    () => client.post('/events', { pad: 'x'.repeat(1_000_000) }),
    ({ status }) => status === 429,
  );
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await ApiClient.withKey(studio.url, other.apiKey).post('/traces', trace)).status).toBe(201);
  for (const { abort } of held) abort();
  await eventually(
    () => client.post('/events', { pad: 'x'.repeat(1_000_000) }),
    ({ status }) => status === 400,
  );
});

test('a process that holds too much refuses everybody for a moment', async () => {
  const projects = [];
  for (const name of ['a', 'b', 'c']) projects.push(await createProject(person, name));
  const held = projects.flatMap(({ apiKey }) => [open(apiKey, 8_000_000), open(apiKey, 8_000_000)]);
  const waiting = await Promise.race(held.map(({ refused }) => refused));
  expect(waiting).toBe(503);
  for (const { abort } of held) abort();
  const [first] = projects;
  await eventually(
    () => ApiClient.withKey(studio.url, first?.apiKey ?? '').post('/traces', trace),
    ({ status }) => status === 201,
  );
});

test('without a live key no body is waited for', async () => {
  expect(await open('nonsense', 8_000_000).refused).toBe(401);
});

test('while the stream is full nothing is taken; with room again, everything', async () => {
  const project = await createProject(person, 'busy');
  const client = ApiClient.withKey(studio.url, project.apiKey);
  const stream = studio.app.get<Settings>(SETTINGS).observability.streamName;
  const redis = new Redis(sharedRedisUrl());
  await redis.xadd(stream, '*', 'filler', Buffer.alloc(2 * MIB, 'x'));
  const refused = await eventually(
    () => client.post('/traces', trace),
    ({ status }) => status === 503,
  );
  expect(refused.body).toMatchObject({ detail: 'The event stream is full' });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  await redis.del(stream);
  redis.disconnect();
  await eventually(
    () => client.post('/traces', trace),
    ({ status }) => status === 201,
  );
});
