import { randomBytes } from 'node:crypto';
import { type ClientRequest, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { type Settings } from '../../src/config/settings.ts';
import { SETTINGS } from '../../src/config/settings.module.ts';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { eventually } from '../harness/eventually.ts';
import { sharedRedisUrl } from '../harness/services.ts';
import { type AppInProcess, MovableClock, startInProcess } from './app-in-process.ts';
import { itemsOf } from './dead-letter-scene.ts';

const MIB = 1024 * 1024;
const clock = new MovableClock();
let studio: AppInProcess;
let person: ApiClient;
beforeAll(async () => {
  studio = await startInProcess({ OBSERVABILITY_STREAM_MAX_BYTES: String(MIB) }, { clock });
  person = await ApiClient.signedIn(studio.url);
});
afterAll(() => studio.close());

const trace = { name: 'run' };
type KeyAnswer = { id: string; last_used_at: string | null };

function statusOf(sending: ClientRequest): Promise<number> {
  return new Promise((resolve) =>
    sending.once('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }),
  );
}

/** A request whose body does not come yet. @returns what ends it */
function open(apiKey: string, bytes: number): { abort(): void; refused: Promise<number> } {
  const sending = request(`${studio.url}/api/v1/events`, {
    method: 'POST',
    headers: { 'x-api-key': apiKey, 'content-type': 'application/json', 'content-length': bytes },
    agent: false,
  });
  sending.on('error', () => undefined);
  sending.flushHeaders();
  return { abort: () => sending.destroy(), refused: statusOf(sending) };
}

test('a project that sends too much at once is told when to come back, others are not, and it recovers', async () => {
  const [greedy, other] = [await createProject(person, 'greedy'), await createProject(person, 'other')];
  const client = ApiClient.withKey(studio.url, greedy.apiKey);
  // As long as they are, and nearly whole, they are not too slow for a while.
  const body = Buffer.from(JSON.stringify({ pad: 'x'.repeat(7_900_000) }));
  const held = [1, 2].map(() => sendSlowly(greedy.apiKey, body, 8));
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

/** Sends all of a body but the last bytes. @returns what sends those, and the status of the answer */
function sendSlowly(
  apiKey: string,
  body: Buffer,
  held: number,
  { encoding = 'identity', path = '/events' } = {},
) {
  const sending = request(`${studio.url}/api/v1${path}`, {
    method: 'POST',
    headers: {
      'x-api-key': apiKey,
      'content-type': 'application/json',
      'content-encoding': encoding,
      'content-length': body.length,
    },
    agent: false,
  });
  const status = statusOf(sending);
  sending.on('error', () => undefined);
  const cut = new Promise<boolean>((resolve) => sending.once('close', () => resolve(true)));
  // The platform's own time-out says no such thing.
  const comeBack = new Promise<string | undefined>((resolve) =>
    sending.once('response', ({ headers }) => resolve(headers['retry-after'])),
  );
  sending.write(body.subarray(0, body.length - held));
  return {
    status,
    cut,
    comeBack,
    write: (bytes: Buffer | string): boolean => sending.write(bytes),
    abort: () => sending.destroy(),
    end: () => sending.end(body.subarray(body.length - held)),
  };
}

/** Sends a little of a large body and then a byte a second. @returns the status of the answer, and whether it was cut */
function trickle(
  apiKey: string,
  encoding: 'identity' | 'gzip',
): Promise<readonly [number, boolean, string | undefined]> {
  const whole = Buffer.from(JSON.stringify({ pad: randomBytes(3_000_000).toString('hex') }));
  const body = encoding === 'gzip' ? gzipSync(whole) : whole;
  let at = 1_000;
  const sending = sendSlowly(apiKey, body, body.length - at, { encoding });
  const dripping = setInterval(() => sending.write(body.subarray(at, ++at)), 1_000).unref();
  return Promise.all([sending.status, sending.cut, sending.comeBack]).finally(() => clearInterval(dripping));
}

test('bodies that trickle in give their room back, and a steady one comes through meanwhile', async () => {
  const [one, two, honest] = [
    await createProject(person, 'trickling'),
    await createProject(person, 'trickling too'),
    await createProject(person, 'honest'),
  ];
  const body = Buffer.from(`${JSON.stringify(trace)}${' '.repeat(2_000_000)}`);
  const steady = sendSlowly(honest.apiKey, body, body.length - 1, { path: '/traces' });
  let at = 1;
  const sendingOn = setInterval(() => {
    if (at < body.length) steady.write(body.subarray(at, (at += 50_000)));
  }, 200).unref();
  const slow = [one, one, two, two].map(({ apiKey }, no) => trickle(apiKey, no === 3 ? 'gzip' : 'identity'));
  expect(await Promise.all(slow)).toEqual(Array(4).fill([408, true, '1']));
  expect(await steady.status).toBe(201);
  clearInterval(sendingOn);
  const client = ApiClient.withKey(studio.url, one.apiKey);
  const large = await client.post('/events', { pad: 'x'.repeat(8_000_000) });
  expect(large.status).toBeGreaterThanOrEqual(400);
  expect(large.status).toBeLessThan(429);
});

test('a compressed body counts as what it becomes', async () => {
  const { apiKey } = await createProject(person, 'compressing');
  const client = ApiClient.withKey(studio.url, apiKey);
  // As sent it is long enough not to be too slow for half a minute.
  const pad = randomBytes(400_000).toString('hex') + 'x'.repeat(7_200_000);
  const padded = gzipSync(JSON.stringify({ pad }));
  expect(padded.length).toBeLessThan(1_000_000);
  const slow = [1, 2].map(() => sendSlowly(apiKey, padded, 8, { encoding: 'gzip' }));
  const refused = await eventually(
    () => client.post('/events', { pad: 'x'.repeat(1_000_000) }),
    ({ status }) => status === 429,
  );
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  const third = sendSlowly(apiKey, padded, 8, { encoding: 'gzip' });
  expect(await third.status).toBe(429);
  for (const { end } of slow) end();
  expect(await Promise.all(slow.map(({ status }) => status))).toEqual([413, 413]);
});

test('a compressed body that is broken is refused with what is wrong', async () => {
  const { apiKey } = await createProject(person, 'broken');
  const response = await fetch(`${studio.url}/api/v1/traces`, {
    method: 'POST',
    headers: { 'x-api-key': apiKey, 'content-type': 'application/json', 'content-encoding': 'gzip' },
    body: 'no gzip',
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    detail: 'body is not valid gzip',
    errors: [{ field: 'body' }],
  });
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

test('a key that is revoked while a body comes is not accepted at its end', async () => {
  const { id, apiKey } = await createProject(person, 'revoked');
  const body = Buffer.from(`${JSON.stringify(trace)}${' '.repeat(1_000_000)}`);
  const slow = sendSlowly(apiKey, body, 2);
  const [key] = await eventually(
    async () => itemsOf<KeyAnswer>(await person.get(`/projects/${id}/keys`)),
    // It has been let in.
    ([only]) => only?.last_used_at !== null,
  );
  expect((await person.delete(`/projects/${id}/keys/${String(key?.id)}`)).status).toBe(200);
  clock.forward(2_000);
  slow.end();
  expect(await slow.status).toBe(401);
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
