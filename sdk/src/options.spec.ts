import { expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { createApiKey } from './contract/index.ts';
import { resolveOptions } from './options.ts';
import { SDK_VERSION } from './sdk-version.ts';

const { apiKey } = createApiKey(randomBytes);
const projectId = '0d7aa606-cb29-4a31-8a59-50fa61151a32';

test('every option is read from the environment, and what is given wins', () => {
  const env = {
    SWISPER_STUDIO_URL: 'http://studio:8001/',
    SWISPER_STUDIO_API_KEY: apiKey,
    SWISPER_STUDIO_PROJECT_ID: projectId,
    SWISPER_STUDIO_REDIS_URL: 'redis://redis:6379',
    SWISPER_STUDIO_STREAM_NAME: 'events',
    SWISPER_STUDIO_MAX_STREAM_LENGTH: '500',
    SWISPER_STUDIO_ENABLED: 'false',
    SWISPER_STUDIO_VERIFY_CONNECTIVITY: '0',
    SWISPER_STUDIO_HEARTBEAT_INTERVAL: '10',
    SWISPER_STUDIO_ENVIRONMENT: 'staging',
    SWISPER_STUDIO_VERSION: '1.2.3',
  };
  const { options, problems, usable } = resolveOptions({ version: '2', enabled: true }, env);
  expect({ problems, usable }).toEqual({ problems: [], usable: true });
  expect(options).toMatchObject({
    apiUrl: 'http://studio:8001',
    apiKey,
    projectId,
    redisUrl: 'redis://redis:6379',
    streamName: 'events',
    maxStreamLength: 500,
    enabled: true,
    verifyConnectivity: false,
    heartbeatIntervalSeconds: 10,
    environment: 'staging',
    version: '2',
  });
});

test('defaults are the documented ones', () => {
  const { options } = resolveOptions({ projectId, redisUrl: 'redis://r' }, {});
  expect(options).toMatchObject({
    enabled: true,
    verifyConnectivity: true,
    environment: 'production',
    heartbeatIntervalSeconds: 60,
    streamName: 'observability:events',
    maxStreamLength: 1_000_000,
    maxFieldBytes: 262_144,
    maxEventBytes: 1_048_576,
    maxBufferBytes: 16_777_216,
  });
});

test('wrong options are named, without credentials, and replaced by defaults', () => {
  const env = { SWISPER_STUDIO_HEARTBEAT_INTERVAL: 'soon', SWISPER_STUDIO_ENABLED: 'perhaps' };
  const { options, problems, usable } = resolveOptions(
    { projectId: 'my project', redisUrl: 'http://me:secret@redis', apiUrl: 'localhost', maxEventBytes: 1e9 },
    env,
  );
  expect(usable).toBe(false);
  expect(problems).toHaveLength(6);
  expect(problems.join()).not.toContain('secret');
  expect(options).toMatchObject({ enabled: true, heartbeatIntervalSeconds: 60, maxEventBytes: 1_048_576 });
});

test('the SDK says the version of its package', () => {
  const manifest: unknown = createRequire(import.meta.url)('../package.json');
  expect(manifest).toMatchObject({ version: SDK_VERSION });
});

test('a fraction of an entry is no limit Redis would take, so it is cut off', () => {
  const { options } = resolveOptions({ projectId }, { SWISPER_STUDIO_MAX_STREAM_LENGTH: '1000.5' });
  expect(options.maxStreamLength).toBe(1000);
});

test('what was looked for in the environment is known, and what looks like ours but is not', () => {
  const { variables, unknownVariables } = resolveOptions(
    {},
    { SWISPER_STUDIO_URL: 'http://studio:8001', SWISPER_STUDIO_VERSION: ' ', SWISPER_STUDIO_APIKEY: 'x' },
  );
  expect(variables.get('SWISPER_STUDIO_URL')).toBe('http://studio:8001');
  expect(variables.has('SWISPER_STUDIO_VERSION')).toBe(true);
  expect(variables.get('SWISPER_STUDIO_VERSION')).toBeUndefined();
  expect(unknownVariables).toEqual(['SWISPER_STUDIO_APIKEY']);
});

test('a project id is one however it is written', () => {
  for (const given of [projectId.toUpperCase(), projectId.replaceAll('-', ''), ` ${projectId} `])
    expect(resolveOptions({ projectId: given }, {}).options.projectId).toBe(projectId);
});

test.each([
  'redis://:k3J/hunter2=@redis:6379',
  'me:hunter2@redis:6379',
  'sws_hunter2',
  'http://me:hunter2@redis',
])('what is no URL of Redis is refused and not repeated: %s', (redisUrl) => {
  const { options, problems } = resolveOptions({ projectId, redisUrl }, {});
  expect(options.redisUrl).toBeUndefined();
  expect(problems).toEqual(['redisUrl is not a redis:// or rediss:// URL']);
});

test.each([apiKey.slice(0, -1), apiKey.toUpperCase(), 'hunter2'])(
  'a key that can sign nothing is named, and not repeated: %s',
  (wrong) => {
    const { problems, usable } = resolveOptions({ projectId, redisUrl: 'redis://r', apiKey: wrong }, {});
    expect(usable).toBe(true);
    expect(problems).toEqual([expect.stringMatching(/^apiKey has not the form of a key \(sws_…\)/)]);
    expect(problems.join()).not.toContain(wrong);
  },
);

test('heartbeats come once a second at most', () => {
  const { options, problems } = resolveOptions(
    { projectId, redisUrl: 'redis://r', heartbeatIntervalSeconds: 0.001 },
    {},
  );
  expect(options.heartbeatIntervalSeconds).toBe(1);
  expect(problems).toEqual(['heartbeatIntervalSeconds is less than a second, so it is 1']);
});
