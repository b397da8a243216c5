import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SETTINGS } from '../../src/config/settings.module.ts';
import type { Settings } from '../../src/config/settings.ts';
import { REDIS, type RedisCommands } from '../../src/redis/redis.module.ts';
import { AccountPruning } from '../../src/stream-consumer/accounting/account-pruning.ts';
import { EpochStore } from '../../src/stream-consumer/accounting/epoch-store.ts';
import { EventAccount } from '../../src/stream-consumer/accounting/event-account.ts';
import { ProducerAnnouncements } from '../../src/stream-consumer/accounting/producer-announcements.ts';
import { EventAccountReader } from '../../src/stream-consumer/pipeline/event-account-reader.ts';
import type { EntryOutcome } from '../../src/stream-consumer/storing/entry-outcome.ts';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { type AppInProcess, MovableClock, startInProcess } from './app-in-process.ts';

const DAY_MS = 24 * 3_600_000;
const goOn = new AbortController().signal;
const clock = new MovableClock();
let studio: AppInProcess;
let program: ApiClient;
let projectId: string;
let redis: RedisCommands;
let stream: string;

beforeAll(async () => {
  studio = await startInProcess({ STUDIO_ROLES: 'api' }, { clock });
  const project = await createProject(await ApiClient.signedIn(studio.url));
  projectId = project.id;
  program = ApiClient.withKey(studio.url, project.apiKey);
  redis = studio.app.get<RedisCommands>(REDIS);
  stream = studio.app.get<Settings>(SETTINGS).observability.streamName;
});
afterAll(() => studio.close());

async function record(changes: Partial<EntryOutcome>): Promise<void> {
  const none = new Map<number, string>();
  const outcome = {
    entryId: `${String(clock.nowMs())}-0`,
    projectId,
    isVerified: true,
    instanceId: null,
    firstSeq: null,
    events: 1,
    receivedMs: clock.nowMs(),
    counters: null,
    rejected: none,
    switchedOff: none,
    ...changes,
  };
  await studio.database.transaction((manager) => new EventAccount(clock).record(manager, [outcome]));
}

async function beat(instance: string, accepted: number, dropped: Record<string, number> = {}): Promise<void> {
  const counters = { accepted, merged: 2, dropped, config_version: 0 };
  const answer = await program.post('/projects/heartbeat', {
    project_id: projectId,
    instance_id: instance,
    status: 'connected',
    timestamp: new Date().toISOString(),
    counters,
  });
  expect(answer.status).toBe(200);
}

const announce = (): Promise<void> => studio.app.get(ProducerAnnouncements).run();

async function missingOf(instance: string): Promise<unknown> {
  const rows = await studio.database.query<{ missing: number }[]>(
    'SELECT missing::int AS missing FROM producer_progress WHERE project_id = $1 AND instance_id = $2',
    [projectId, instance],
  );
  return rows[0]?.missing ?? null;
}

/** A heartbeat is looked at a few seconds after it came. */
async function settle(): Promise<void> {
  await announce();
  clock.forward(10_000);
  await announce();
}

test('a heartbeat shows what was lost after the last entry that arrived', async () => {
  const instance = randomUUID();
  await record({ instanceId: instance, firstSeq: 1, events: 10 });
  await beat(instance, 17, { buffer_full: 1 });
  await announce();
  expect(await missingOf(instance)).toBe(0);
  clock.forward(10_000);
  await announce();
  expect(await missingOf(instance)).toBe(4);
  await record({ instanceId: instance, firstSeq: 13, events: 2 });
  expect(await missingOf(instance)).toBe(2);
  await record({ instanceId: instance, firstSeq: 11, events: 2 });
  expect(await missingOf(instance)).toBe(0);
});

test('what the SDK drops after all is not missing', async () => {
  const instance = randomUUID();
  await record({ instanceId: instance, firstSeq: 1, events: 10 });
  await beat(instance, 20);
  await settle();
  expect(await missingOf(instance)).toBe(8);
  await beat(instance, 20, { shutdown: 8 });
  await settle();
  expect(await missingOf(instance)).toBe(0);
});

test('a producer none of whose entries arrived misses all of them', async () => {
  const instance = randomUUID();
  await beat(instance, 5);
  await settle();
  expect(await missingOf(instance)).toBe(3);
});

test('what still waits in the stream is not missing', async () => {
  const instance = randomUUID();
  const waiting = await redis.xadd(stream, `${String(Date.now() - 120_000)}-0`, 'n', '1');
  await record({ instanceId: instance, firstSeq: 1, events: 10 });
  await beat(instance, 20);
  await settle();
  expect(await missingOf(instance)).toBe(0);
  await redis.call('XDEL', stream, String(waiting));
  await settle();
  expect(await missingOf(instance)).toBe(8);
});

test('entries without numbers are remembered while they may come again', async () => {
  const left = async (): Promise<number> => {
    const rows = await studio.database.query<unknown[]>(
      'SELECT 1 FROM single_entries WHERE project_id = $1',
      [projectId],
    );
    return rows.length;
  };
  const prune = (): Promise<void> => studio.app.get(AccountPruning).pruneSingles(goOn);
  const receivedMs = Date.now() - 60_000;
  const inStream = await redis.xadd(stream, '*', 'n', '1');
  await record({ entryId: `${String(receivedMs)}-0`, receivedMs });
  await record({ entryId: String(inStream), receivedMs: Date.now() });
  await prune();
  expect(await left()).toBe(2);
  clock.forward(150_000);
  await prune();
  expect(await left()).toBe(1);
  await redis.call('XDEL', stream, String(inStream));
  await prune();
  expect(await left()).toBe(0);
});

test('after 90 days hours and producers are forgotten, the totals stay', async () => {
  const count = async (table: string): Promise<number> => {
    const rows = await studio.database.query<unknown[]>(`SELECT 1 FROM ${table} WHERE project_id = $1`, [
      projectId,
    ]);
    return rows.length;
  };
  await record({ instanceId: randomUUID(), firstSeq: 1 });
  clock.forward(91 * DAY_MS);
  await record({ instanceId: randomUUID(), firstSeq: 1 });
  await studio.app.get(AccountPruning).pruneOld(goOn);
  expect([
    await count('event_accounts'),
    await count('producer_progress'),
    await count('event_totals'),
  ]).toEqual([1, 1, 1]);
});

test('an instance that only sends heartbeats is not forgotten, nor what arrived of it', async () => {
  const instance = randomUUID();
  await record({ instanceId: instance, firstSeq: 1, events: 10 });
  await beat(instance, 12);
  await settle();
  for (let month = 0; month < 4; month++) {
    clock.forward(30 * DAY_MS);
    await beat(instance, 12);
    await settle();
    await studio.app.get(AccountPruning).pruneOld(goOn);
  }
  await settle();
  expect(await missingOf(instance)).toBe(0);
  clock.forward(91 * DAY_MS);
  await studio.app.get(AccountPruning).pruneOld(goOn);
  expect(await missingOf(instance)).toBeNull();
});

test('what a forgotten producer missed stays missing', async () => {
  const missing = async (): Promise<unknown> => {
    const [total] = await studio.app.get(EventAccountReader).readTotals(projectId, 1);
    return { missing: total?.missing, since: total?.missing_since };
  };
  const [first, second] = [randomUUID(), randomUUID()];
  await record({ instanceId: first, firstSeq: 6 });
  const reported = await missing();
  expect(reported).toMatchObject({ since: expect.any(Date) });
  clock.forward(91 * DAY_MS);
  await studio.app.get(AccountPruning).pruneOld(goOn);
  expect(await missingOf(first)).toBeNull();
  expect(await missing()).toEqual(reported);
  await record({ instanceId: second, firstSeq: 3 });
  const more = await missing();
  clock.forward(91 * DAY_MS);
  await studio.app.get(AccountPruning).pruneOld(goOn);
  expect(await missing()).toEqual(more);
  expect(more).not.toEqual(reported);
});

test('the sums over all lives of a stream stay when old ones are forgotten', async () => {
  const epochs = studio.app.get(EpochStore);
  const name = `observability:events:${randomUUID()}`;
  const none = { length: 1, nowMs: 0, firstMs: null, oldestMs: null, eventsPerEntry: null };
  const sample = (counts: { added: number; acked: number; waiting: number; lost: number }): Promise<void> =>
    epochs.sample(name, { epoch: randomUUID(), ...counts, ...none, groups: [], consumers: [] });
  for (let life = 0; life < 2; life++) {
    await sample({ added: 10, acked: 6, waiting: 3, lost: 1 });
    await sample({ added: 5, acked: 5, waiting: 0, lost: 0 });
    const sums = await epochs.sums(name);
    clock.forward(91 * DAY_MS);
    await sample({ added: 0, acked: 0, waiting: 0, lost: 0 });
    clock.forward(91 * DAY_MS);
    await studio.app.get(AccountPruning).pruneOld(goOn);
    expect(await epochs.newest(name, 10)).toHaveLength(1);
    expect(await epochs.sums(name)).toEqual(sums);
    expect(sums).toMatchObject({ added: 15 * (life + 1), acked: 11 * (life + 1), lost: 4 * (life + 1) });
  }
});
