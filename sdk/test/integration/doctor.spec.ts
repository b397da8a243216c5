import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { ApiClient, createProject, field } from '../../../server/test/harness/api-client.ts';
import { eventually } from '../../../server/test/harness/eventually.ts';
import { type ServerProcess, startServer } from '../../../server/test/harness/server-process.ts';
import { startOwnRedis } from '../../../server/test/harness/services.ts';
import { freePort } from '../../../server/tools/free-port.ts';
import { createApiKey, limitKey } from '../../src/contract/index.ts';
import { openSkewedProxy, openStranger, runDoctor, settingsOf } from './doctor-rig.ts';

const MB = 1024 * 1024;

let redis: Awaited<ReturnType<typeof startOwnRedis>>;
let server: ServerProcess;
/** Without a consumer, on a stream of its own. */
let idle: ServerProcess;
let person: ApiClient;
let project: { id: string; apiKey: string };
let other: { id: string; apiKey: string };
let settings: Record<string, string>;
let idleSettings: Record<string, string>;
/** A host and port where nobody listens. */
let nobody: string;

beforeAll(async () => {
  nobody = `127.0.0.1:${String(await freePort())}`;
  redis = await startOwnRedis();
  const environment = { OBSERVABILITY_REDIS_URL: redis.url };
  [server, idle] = await Promise.all([
    startServer({ environment }),
    startServer({
      environment: {
        ...environment,
        STUDIO_ROLES: 'api,scheduler',
        OBSERVABILITY_STREAM_MAX_BYTES: String(MB),
      },
    }),
  ]);
  person = await ApiClient.signedIn(server.url);
  project = await createProject(person, 'Agent of the tests');
  other = await createProject(person, 'Another agent');
  settings = settingsOf(server, project);
  idleSettings = settingsOf(idle, await createProject(await ApiClient.signedIn(idle.url)));
  const client = new Redis(redis.url);
  await eventually(
    () => client.exists(limitKey(server.streamName), limitKey(idle.streamName)),
    (measured) => measured === 2,
  );
  client.disconnect();
});

afterAll(async () => {
  await Promise.all([server.stop(), idle.stop()]);
  await redis.stop();
  redis.remove();
});

const key = (scopes: string[], of = project): Promise<string> =>
  person
    .post(`/projects/${of.id}/keys`, { name: scopes.join('-'), scopes })
    .then(({ body }) => field(body, 'secret'));

test('a set-up that works is said to work, with the link of a trace that was read back', async () => {
  const run = await runDoctor(settings, '--timeout', '300');
  expect(run.errors).toEqual([]);
  expect(run.code).toBe(0);
  expect(run.line('test trace')).toMatch(/^✔ test trace: sent, stored and read back after \d+ ms/);
  const link = /Test trace: (\S+)/.exec(run.output)?.[1] ?? '';
  expect(link).toContain(`${server.url}/projects/${project.id}/traces/`);
  const { body } = await person.get(`/traces/${link.split('/').at(-1) ?? ''}?project_id=${project.id}`);
  expect(body).toMatchObject({ name: 'swisper-studio doctor', status: 'ok' });
  expect(run.output).not.toContain(project.apiKey.slice(22));
});

test('it says the same to programs', async () => {
  const run = await runDoctor(settings, '--json', '--timeout', '300');
  expect(JSON.parse(run.output)).toMatchObject({
    ok: true,
    findings: expect.arrayContaining([{ check: 'API key', outcome: 'ok', text: 'is valid', remedy: null }]),
    trace: { url: expect.stringContaining(project.id), readable_after_ms: expect.any(Number) },
  });
  const broken = await runDoctor({}, '--json');
  expect(broken.code).toBe(1);
  expect(JSON.parse(broken.output)).toMatchObject({ ok: false, trace: null });
});

test.each([
  [
    'an ordinary web server',
    404,
    {},
    /^✖ API: what answers at .* is not a SwisperStudio server → set .*_URL/,
  ],
  [
    'a redirection',
    308,
    { location: 'https://studio.test/' },
    /^✖ API: .* redirects to https:\/\/studio.test → /,
  ],
  ['a proxy that asks for a login', 401, {}, /^✖ API: something before the server asks for a login .* → /],
  ['a firewall', 403, {}, /^✖ API: something before the server turns us away \(403\) → let programs .* pass/],
  ['a limit of a proxy', 429, {}, /^✖ API: something before the server turns us away \(429\) → wait/],
  ['a proxy alone', 502, {}, /^✖ API: .* answers 502, not as a SwisperStudio server → see the logs/],
])('wrong URL: %s', async (_what, status, headers, line) => {
  const stranger = await openStranger(status, headers);
  const run = await runDoctor({ ...settings, URL: stranger.url });
  stranger.close();
  expect(run.line('API')).toMatch(line);
  expect(run.code).toBe(1);
});

test('wrong URL: the address with a path', async () => {
  const run = await runDoctor({ ...settings, URL: `${server.url}/api/v1` });
  expect(run.line('API')).toMatch(/is not a SwisperStudio server → .*without a path/);
});

test('server not started: the port refuses', async () => {
  const run = await runDoctor({ ...settings, URL: `http://${nobody}` });
  expect(run.line('API')).toMatch(
    /^✖ API: nothing listens at http:\/\/127.0.0.1:\d+ .*refused.* → start the server/,
  );
  expect(run.line('test trace')).toMatch(/^– test trace: not sent/);
});

test('wrong key: the server refuses it, and no secret is printed', async () => {
  const { apiKey } = createApiKey(randomBytes);
  const run = await runDoctor({ ...settings, API_KEY: apiKey });
  expect(run.line('API key')).toMatch(
    /^✖ API key: the server refuses it \(401\).* → compare SWISPER_STUDIO_API_KEY/,
  );
  expect(run.output).not.toContain(apiKey.slice(22));
});

test('key without the scope ingest: the missing scope is named', async () => {
  const run = await runDoctor({ ...settings, API_KEY: await key(['read']) });
  expect(run.line('API key')).toMatch(
    /^✖ API key: may not send: .*"ingest".* → make a key with the scopes ingest/,
  );
});

test('key without the scope read: the trace is followed as far as Redis tells', async () => {
  const run = await runDoctor({ ...settings, API_KEY: await key(['ingest']) }, '--timeout', '300');
  expect(run.errors).toEqual([]);
  expect(run.line('test trace')).toMatch(
    /^⚠ test trace: acknowledged and taken from the stream; .*may not read → /,
  );
  expect(run.code).toBe(0);
});

test('without Redis the trace travels over HTTP and is read back', async () => {
  const { REDIS_URL: _, STREAM_NAME: __, ...overHttp } = settings;
  const run = await runDoctor(overHttp, '--timeout', '300');
  expect(run.errors).toEqual([]);
  expect(run.line('test trace')).toMatch(/^✔ test trace: sent, stored and read back/);
});

test("another project's key: it is said whose it is", async () => {
  const run = await runDoctor({ ...settings, API_KEY: other.apiKey });
  expect(run.line('project')).toMatch(/^✖ project: .*the key belongs to "Another agent" → /);
  expect(run.line('project')).toContain(`set SWISPER_STUDIO_PROJECT_ID=${other.id}`);
});

test('unknown project: the right one is named', async () => {
  const unknown = randomUUID();
  const run = await runDoctor({ ...settings, PROJECT_ID: unknown });
  expect(run.line('project')).toMatch(
    /^✖ project: .* does not exist or is not the key's: .*"Agent of the tests"/,
  );
  expect(run.line('project')).toContain(`set SWISPER_STUDIO_PROJECT_ID=${project.id}`);
  const none = await runDoctor({ ...settings, PROJECT_ID: '' });
  expect(none.line('project')).toContain(`→ set SWISPER_STUDIO_PROJECT_ID=${project.id}`);
});

test('Redis down: refused, and what to start', async () => {
  const run = await runDoctor({ ...settings, REDIS_URL: `redis://${nobody}` });
  expect(run.line('Redis')).toMatch(/^✖ Redis: nothing listens at .*refused.* → start Redis/);
});

test('Redis with a password: a wrong one and a missing one are told apart, and neither is printed', async () => {
  const guarded = await startOwnRedis();
  const admin = new Redis(guarded.url);
  await admin.config('SET', 'requirepass', 'right-password');
  admin.disconnect();
  try {
    const at = (credentials: string) => guarded.url.replace('//', `//${credentials}`);
    const wrong = await runDoctor({ ...settings, REDIS_URL: at(':wrong-password@') });
    expect(wrong.line('Redis')).toMatch(
      /^✖ Redis: .*refuses user or password \(WRONGPASS\) → correct the password/,
    );
    expect(wrong.output).not.toContain('wrong-password');
    const missing = await runDoctor({ ...settings, REDIS_URL: guarded.url });
    expect(missing.line('Redis')).toMatch(/^✖ Redis: .*wants a password \(NOAUTH\).* → write it into/);
    const elsewhere = await runDoctor({ ...settings, REDIS_URL: at(':right-password@') });
    expect(elsewhere.line('tracing switch')).toMatch(
      /^✖ .*the server uses another Redis.* → let SWISPER_STUDIO_REDIS_URL/,
    );
    expect(elsewhere.output).not.toContain('right-password');
  } finally {
    await guarded.stop();
    guarded.remove();
  }
});

test('Redis user without rights: the command that grants them is printed', async () => {
  const admin = new Redis(redis.url);
  await admin.call('ACL', 'SETUSER', 'agent', 'on', '>agent-password', '~*', '&*', '+get', '+info', '+time');
  const run = await runDoctor({ ...settings, REDIS_URL: redis.url.replace('//', '//agent:agent-password@') });
  await admin.call('ACL', 'DELUSER', 'agent');
  admin.disconnect();
  expect(run.line('Redis rights')).toMatch(
    /^✖ Redis rights: .*may not add to .*NOPERM.* → ACL SETUSER <user> \+xadd .*:heartbeats ~tracing/,
  );
  expect(run.line('Redis switch')).toMatch(/^⚠ Redis switch: changes are not heard of at once/);
});

test('another stream than the server reads: both names are printed', async () => {
  const run = await runDoctor({ ...settings, STREAM_NAME: 'elsewhere' });
  expect(run.line('stream name')).toBe(
    `✖ stream name: this program writes to elsewhere, the server reads ${server.streamName} → ` +
      `set SWISPER_STUDIO_STREAM_NAME=${server.streamName}, or OBSERVABILITY_STREAM_NAME on the server`,
  );
});

test('nobody reads the stream: the trace waits, and it is said who should read', async () => {
  const run = await runDoctor(idleSettings, '--timeout', '1');
  expect(run.line('consumer')).toMatch(
    /^✖ consumer: no process of the server reads .* → start a server with the role consumer/,
  );
  expect(run.line('test trace')).toMatch(
    /^✖ test trace: acknowledged, but not readable within 1 s: \d+ events wait .*it waits in the stream → see whether/,
  );
  expect(run.code).toBe(1);
});

test('full stream: how full, and that events are dropped', async () => {
  const client = new Redis(redis.url);
  const payload = 'x'.repeat(64 * 1024);
  for (let entry = 0; entry < 20; entry += 1) await client.xadd(idle.streamName, '*', 'p', payload);
  client.disconnect();
  const run = await eventually(
    () => runDoctor(idleSettings, '--timeout', '1'),
    ({ line }) => line('stream room').startsWith('✖'),
  );
  expect(run.line('stream room')).toMatch(
    /^✖ stream room: the stream is full \([\d.]+ MB of 1.00 MB\): new events are dropped .*stream_full → see on the pipeline page/,
  );
});

test('tracing turned off: by whom and why', async () => {
  await person.patch(`/projects/${other.id}/tracing`, { tracing_enabled: false, reason: 'costs too much' });
  const run = await runDoctor({ ...settings, PROJECT_ID: other.id, API_KEY: other.apiKey });
  expect(run.line('tracing switch')).toMatch(
    /^✖ tracing switch: .*turned off by admin@example.com \(costs too much\).* → turn it on/,
  );
});

test('the SDK switched off in this process', async () => {
  const run = await runDoctor({ ...settings, ENABLED: 'false' }, '--timeout', '300');
  expect(run.errors).toEqual([
    '✖ SWISPER_STUDIO_ENABLED: is off: the SDK does nothing in this process → unset it or set SWISPER_STUDIO_ENABLED=true',
  ]);
  expect(run.line('test trace')).toMatch(/^✔/);
});

test.each([
  [
    'a minute',
    60_000,
    /^⚠ clock: this machine is (5[5-9]|6[0-5]) s behind the server: its traces appear at wrong times → /,
  ],
  [
    'an hour',
    -62 * 60_000,
    /^✖ clock: this machine is 62 min ahead of the server: .* are shifted and marked → .*NTP/,
  ],
])('a clock that is off by %s', async (_much, aheadMs, line) => {
  const proxy = await openSkewedProxy(server.url, aheadMs);
  const run = await runDoctor({ ...settings, URL: proxy.url }, '--timeout', '300');
  proxy.close();
  expect(run.line('clock')).toMatch(line);
  expect(run.line('test trace')).toMatch(/^✔/);
});
