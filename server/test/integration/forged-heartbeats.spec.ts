import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { signFields } from 'swisper-studio/contract';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { HeartbeatRig } from './heartbeat-rig.ts';

const SECOND = 1000;
let rig: HeartbeatRig;
beforeAll(async () => {
  rig = await HeartbeatRig.start();
});
afterAll(() => rig.close());
beforeEach(() => rig.newProject());

/** What is not believed leaves no trace at all. */
async function expectNothing(): Promise<void> {
  await rig.read();
  expect(await rig.status()).toMatchObject({ status: 'never', instances: [] });
  expect(await rig.pending()).toBe(0);
}

/** A beat signed over a stream's own name instead of the heartbeats'. */
function resigned(name: string): string[] {
  const fields = rig.signed().slice(0, -2);
  const pairs = fields.flatMap((value, at) => (at % 2 === 0 ? [[value, fields[at + 1] ?? ''] as const] : []));
  return [...fields, 'sig', signFields(name, pairs, rig.signerOf(rig.project.apiKey).signingKey)];
}

function replaced(name: string, value: string): string[] {
  const counters = { accepted: 1, merged: 0, dropped: {}, config_version: 0 };
  const fields = rig.unsigned({ counters });
  fields[fields.indexOf(name) + 1] = value;
  return fields;
}

describe('nobody looks connected by', () => {
  test.each<[string, () => string[] | Promise<string[]>]>([
    ['a wrong signature', () => [...rig.signed().slice(0, -1), 'A'.repeat(43)]],
    [
      'a changed field',
      () =>
        rig
          .signed({ status: 'disconnected' })
          .map((field) => (field === 'disconnected' ? 'connected' : field)),
    ],
    ['an added field', () => ['environment', 'production', ...rig.signed()]],
    ['another project\u2019s key', async () => rig.signed({}, (await createProject(rig.person)).apiKey)],
    [
      'a key that nobody made',
      () => [...rig.signed().slice(0, -3), 'f'.repeat(16), ...rig.signed().slice(-2)],
    ],
    ['a signature for the event stream', () => resigned(rig.streamName)],
    ['a project nobody knows', () => rig.unsigned({ project_id: randomUUID() })],
    ['no project', () => rig.unsigned().slice(4)],
    ['another version', () => ['v', '2', ...rig.unsigned().slice(2)]],
    ['a time that is none', () => rig.unsigned({ timestamp: 'yesterday' })],
    ['a name the database refuses', () => rig.unsigned({ instance_id: 'nul\u0000' })],
    ['a number out of range', () => rig.unsigned({ interval_seconds: 100_000 })],
    ['counters deeper than a stack', () => replaced('counters', `${'['.repeat(7_000)}${']'.repeat(7_000)}`)],
    ['more than a heartbeat needs', () => rig.unsigned({ host: 'x'.repeat(100_000) })],
    [
      'an old one put there again',
      () => rig.signed({ timestamp: new Date(Date.now() - 3_700 * SECOND).toISOString() }),
    ],
    ['bytes', () => ['\u0000', '\u0000']],
  ])('%s', async (_what, fields) => {
    await rig.put(await fields());
    await expectNothing();
    await rig.put(rig.signed());
    await rig.read();
    expect(await rig.status()).toMatchObject({ status: 'connected' });
  });

  test('a revoked key', async () => {
    const keys = await rig.person.get(`/projects/${rig.project.id}/keys`);
    const { items } = keys.body as { items: { id: string }[] };
    for (const { id } of items) await rig.person.delete(`/projects/${rig.project.id}/keys/${id}`);
    const reader = await rig.person.post(`/projects/${rig.project.id}/keys`, {
      name: 'reader',
      scopes: ['read'],
    });
    await rig.put(rig.signed());
    rig.program = ApiClient.withKey(rig.studio.url, (reader.body as { secret: string }).secret);
    await expectNothing();
  });

  test('a copy of its last heartbeat, signature and all', async () => {
    const last = rig.signed({ beat_no: 8 });
    await rig.put(last);
    await rig.read();
    const goodbye = rig.signed({ beat_no: 9, status: 'disconnected' });
    await rig.put(goodbye);
    await rig.put(last);
    await rig.read();
    expect(await rig.status()).toMatchObject({ status: 'disconnected', instances: [] });
    const { last_seen: seen } = await rig.status();
    await rig.put(goodbye);
    await rig.put(last);
    await rig.read();
    expect((await rig.status())['last_seen']).toBe(seen);
  });
});
