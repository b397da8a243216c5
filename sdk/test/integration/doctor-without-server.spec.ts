import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { ApiClient, createProject } from '../../../server/test/harness/api-client.ts';
import { eventually } from '../../../server/test/harness/eventually.ts';
import { type ServerProcess, startServer } from '../../../server/test/harness/server-process.ts';
import { createDatabase, startOwnRedis } from '../../../server/test/harness/services.ts';
import { TcpProxy } from '../../../server/test/faults/stage/tcp-proxy.ts';
import { limitKey, tracingConfigKey } from '../../src/contract/index.ts';
import { openDeafProxy, openRefusingServer, runDoctor, settingsOf } from './doctor-rig.ts';

let redis: Awaited<ReturnType<typeof startOwnRedis>>;
let database: Awaited<ReturnType<typeof createDatabase>>;
/** Between the server and its Redis. */
let line: TcpProxy;
let server: ServerProcess;
let client: Redis;
let person: ApiClient;
let project: { id: string; apiKey: string };
/** Redis and nothing else. */
let unsigned: Record<string, string>;

beforeAll(async () => {
  [redis, database] = await Promise.all([startOwnRedis(), createDatabase()]);
  line = await TcpProxy.open(redis.port);
  const serverRedis = `redis://127.0.0.1:${String(line.port)}`;
  server = await startServer({
    environment: { OBSERVABILITY_REDIS_URL: serverRedis, DATABASE_URL: database.url },
  });
  person = await ApiClient.signedIn(server.url);
  project = await createProject(person);
  client = new Redis(redis.url);
  await eventually(
    () => client.exists(limitKey(server.streamName), tracingConfigKey(project.id)),
    (written) => written === 2,
  );
  unsigned = { PROJECT_ID: project.id, REDIS_URL: redis.url, STREAM_NAME: server.streamName };
});

afterAll(async () => {
  client.disconnect();
  await server.stop();
  await redis.stop();
  redis.remove();
  await database.drop();
});

const settings = (): Record<string, string> => ({ ...settingsOf(server, project), REDIS_URL: redis.url });

test('Redis alone carries the trace, and it is said that nobody saw it stored', async () => {
  const run = await runDoctor(unsigned, '--timeout', '300');
  expect([run.errors, run.code]).toEqual([[], 0]);
  expect(run.line('test trace')).toMatch(
    /^⚠ test trace: acknowledged and taken from the stream; .*no address of the server → set SWISPER_STUDIO_URL/,
  );
  expect(run.output).toContain('Nothing is found wrong, but whether traces are stored was not seen.');
});

test('unsigned events of a project that takes signed ones only', async () => {
  const strict = await createProject(person);
  await person.patch(`/projects/${strict.id}`, { require_signature: true });
  const run = await eventually(
    () => runDoctor({ ...unsigned, PROJECT_ID: strict.id }),
    ({ line }) => line('signature') !== '',
  );
  expect(run.line('signature')).toMatch(/^✖ .* takes signed events only.* → set SWISPER_STUDIO_API_KEY/);
  expect([run.line('test trace').slice(0, 1), run.code]).toEqual(['–', 1]);
});

test.each([
  [
    'another stream',
    'stream name',
    () => ({ STREAM_NAME: 'elsewhere' }),
    /^✖ .*a server knows the project in this Redis, but none reads a stream elsewhere → set .*_STREAM_NAME/,
  ],
  [
    'another database of that Redis',
    'stream name',
    () => ({ REDIS_URL: `${redis.url}/3` }),
    /^✖ .*this Redis knows neither the project nor the stream .* → compare SWISPER_STUDIO_REDIS_URL \(host, database number\)/,
  ],
  [
    'an unknown project',
    'project',
    () => ({ PROJECT_ID: randomUUID() }),
    /^✖ .*the server that reads .* knows no project .*refused → compare SWISPER_STUDIO_PROJECT_ID/,
  ],
])('Redis alone tells of %s', async (_what, check, mistake, line) => {
  const run = await runDoctor({ ...unsigned, ...mistake() });
  expect(run.line(check)).toMatch(line);
  expect([run.line('test trace').slice(0, 1), run.code]).toEqual(['–', 1]);
});

test('a deleted project looks turned off to Redis, and both are said', async () => {
  const gone = await createProject(person);
  await person.delete(`/projects/${gone.id}`);
  const run = await runDoctor({ ...unsigned, PROJECT_ID: gone.id });
  expect(run.line('tracing switch')).toMatch(/^✖ .*turned off, or the project was deleted.* → turn it on/);
});

test('Redis user that may only add: events flow, and what the SDK cannot see is said once', async () => {
  await client.call('ACL', 'SETUSER', 'agent', 'on', '>agent-password', `~${server.streamName}*`, '+xadd');
  const REDIS_URL = redis.url.replace('//', '//agent:agent-password@');
  const run = await runDoctor({ ...settings(), REDIS_URL }, '--timeout', '300');
  await client.call('ACL', 'DELUSER', 'agent');
  expect(run.errors).toEqual([]);
  expect(run.line('Redis switch')).toMatch(/^⚠ .*cannot be read \(NOPERM\).* → ACL SETUSER <user> \+get/);
  expect(run.line('Redis memory')).toMatch(
    /^⚠ .*cannot be looked at \(NOPERM\).* → ACL SETUSER <user> \+info/,
  );
  expect(run.output).not.toContain('ready check');
  expect(run.line('test trace')).toMatch(/^✔/);
});

test('an HTTP server where Redis should be', async () => {
  // It answers and hangs up: a process that was put aside meanwhile hears of the end only.
  const lineOfRun = async (): Promise<string> =>
    (await runDoctor({ ...unsigned, REDIS_URL: server.url.replace('http:', 'redis:') })).line('Redis');
  const line = await eventually(lineOfRun, (said) => said.includes('is not Redis'));
  expect(line).toMatch(/^✖ Redis: what answers at .* is not Redis → correct host and port/);
});

test('a proxy that lets questions pass and no events', async () => {
  const proxy = await openDeafProxy(server.url);
  const { API_KEY, PROJECT_ID } = settings();
  const run = await runDoctor({ URL: proxy.url, API_KEY, PROJECT_ID });
  proxy.close();
  expect(run.line('test trace')).toMatch(
    /^✖ .*403 from something else .* → let POST requests .* pass the proxy/,
  );
});

test('a server older than the SDK, which refuses its entries: it is to be updated', async () => {
  const older = await openRefusingServer(server.url, 'unknown_version');
  const run = await runDoctor({ ...settings(), URL: older.url }, '--timeout', '1');
  older.close();
  expect(run.line('test trace')).toBe(
    '✖ test trace: the server refused it: unknown_version, v is 2 → update the server: it is older than this SDK',
  );
});

// The last two: there is no way back.
test('the server has lost its Redis, over HTTP and beside it: it is named', async () => {
  await line.close();
  const { API_KEY, PROJECT_ID, URL } = settings();
  const [overHttp, beside] = await Promise.all([
    runDoctor({ API_KEY, PROJECT_ID, URL }),
    runDoctor(settings(), '--timeout', '1'),
  ]);
  expect(overHttp.line('test trace')).toMatch(
    /^✖ test trace: was not acknowledged: the server is without Redis.* → .*\(OBSERVABILITY_REDIS_URL there\)/,
  );
  expect(beside.line('test trace')).toMatch(/^✖ .*not readable within 1 s: the server is without Redis → /);
});

test('PostgreSQL away behind a server that answers: it is named', async () => {
  await database.drop();
  const run = await eventually(
    () => runDoctor(settings()),
    ({ errors }) => errors[0]?.includes('PostgreSQL') === true,
  );
  expect(run.errors).toEqual([
    expect.stringMatching(
      /^✖ API: .*says it is without PostgreSQL and Redis → see whether .*\(DATABASE_URL, OBSERVABILITY_REDIS_URL there\)/,
    ),
  ]);
});
