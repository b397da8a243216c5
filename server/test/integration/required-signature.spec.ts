import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import {
  deriveSigningKey,
  encodeEntry,
  parseApiKey,
  tracingConfigKey,
  tracingEnabledKey,
} from 'swisper-studio/contract';
import { TracingReassertion } from '../../src/tracing-config/tracing-reassertion.ts';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { eventually } from '../harness/eventually.ts';
import { sharedRedisUrl, uniqueStream } from '../harness/services.ts';
import { type AppInProcess, startInProcess } from './app-in-process.ts';

const streamName = uniqueStream();
const redis = new Redis(sharedRedisUrl());
let studio: AppInProcess;
let person: ApiClient;
let project: { id: string; apiKey: string };

beforeAll(async () => {
  studio = await startInProcess({
    STUDIO_ROLES: 'api,consumer,scheduler',
    OBSERVABILITY_STREAM_NAME: streamName,
  });
  person = await ApiClient.signedIn(studio.url);
});
afterAll(async () => {
  redis.disconnect();
  await studio.close();
});
beforeEach(async () => {
  project = await createProject(person);
});

async function required(): Promise<unknown> {
  const config = JSON.parse((await redis.get(tracingConfigKey(project.id))) ?? '{}') as object;
  return 'require_signature' in config ? config.require_signature : 'nothing is said';
}

const becomes = (expected: boolean) => eventually(required, (answer) => answer === expected);

const demand = (require_signature: boolean) => person.patch(`/projects/${project.id}`, { require_signature });

const reassert = () => studio.app.get(TracingReassertion).run(new AbortController().signal);

function addSigned(): Promise<unknown> {
  const header = { event_type: 'trace_start', trace_id: randomUUID(), name: 'run', timestamp: new Date() };
  const entry = {
    projectId: project.id,
    instanceId: 'signing',
    seq: 1,
    counters: { accepted: 1, merged: 0, dropped: {}, config_version: 0 },
    sentAt: new Date(),
    events: [{ header: { ...header, timestamp: header.timestamp.toISOString() }, payloads: [] }],
  };
  const keyId = parseApiKey(project.apiKey)?.keyId ?? '';
  const signingKey = deriveSigningKey(project.apiKey);
  return redis.xadd(streamName, '*', ...encodeEntry(entry, { keyId, streamName, signingKey }));
}

test('of a new project SDKs can read at once that unsigned entries are accepted', async () => {
  await becomes(false);
  expect(await redis.get(tracingEnabledKey(project.id))).toBe('true');
});

test('the first valid signed entry is followed by the word that signatures are required', async () => {
  await becomes(false);
  await addSigned();
  await becomes(true);
});

test('an admin who demands signatures or takes that back is followed at once, without a new version', async () => {
  await demand(true);
  await becomes(true);
  await demand(false);
  await becomes(false);
  expect(JSON.parse((await redis.get(tracingConfigKey(project.id))) ?? '{}')).toMatchObject({ version: 1 });
});

test('what Redis lost, or somebody else wrote, is asserted again', async () => {
  await demand(true);
  await becomes(true);
  await redis.set(tracingConfigKey(project.id), '{"version":1,"enabled":true,"require_signature":false}');
  await reassert();
  expect(await required()).toBe(true);
});

test('turning the switch and deleting the project keep the word', async () => {
  await demand(true);
  for (const tracing_enabled of [false, true]) {
    await person.patch(`/projects/${project.id}/tracing`, { tracing_enabled });
    expect(await required()).toBe(true);
  }
  await person.delete(`/projects/${project.id}`);
  expect(await required()).toBe(true);
  await reassert();
  expect(await required()).toBe(true);
  expect(await redis.get(tracingEnabledKey(project.id))).toBe('false');
});
