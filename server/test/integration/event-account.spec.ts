import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { systemClock } from '../../src/kernel/clock.ts';
import { NIL_UUID } from '../../src/kernel/uuid.ts';
import { EventAccount } from '../../src/stream-consumer/accounting/event-account.ts';
import type { EntryOutcome } from '../../src/stream-consumer/storing/entry-outcome.ts';
import { createDatabase, type TestDatabase } from '../harness/services.ts';

const account = new EventAccount(systemClock);
const NONE: ReadonlyMap<number, string> = new Map();
let database: TestDatabase;
let source: DataSource;

beforeAll(async () => {
  database = await createDatabase();
  source = await new DataSource({ type: 'postgres', url: database.url }).initialize();
});
afterAll(async () => {
  await source.destroy();
  await database.drop();
});

type Row = Record<string, unknown>;

let lastEntry = 0;
function entryOf(changes: Partial<EntryOutcome>): EntryOutcome {
  return {
    entryId: `${String(Date.now())}-${String(++lastEntry)}`,
    projectId: randomUUID(),
    isVerified: true,
    instanceId: 'instance-1',
    firstSeq: 1,
    events: 1,
    receivedMs: Date.now(),
    counters: null,
    rejected: NONE,
    switchedOff: NONE,
    ...changes,
  };
}

const record = (...outcomes: EntryOutcome[]): Promise<void> =>
  source.transaction((manager) => account.record(manager, outcomes));

async function known(...entries: EntryOutcome[]): Promise<string[]> {
  return [...(await account.findKnown(source.manager, entries))];
}

/** Sums over all instances and hours of a project. */
async function sumsOf(projectId: string): Promise<Row | undefined> {
  const rows = await source.query<Row[]>(
    `SELECT sum(received)::int AS received, sum(stored)::int AS stored, sum(duplicate)::int AS duplicate
       FROM event_accounts WHERE project_id = $1`,
    [projectId],
  );
  return rows[0];
}

async function reasonsOf(projectId: string, column: 'rejected' | 'switched_off'): Promise<Row> {
  const rows = await source.query<{ reason: string; count: number }[]>(
    `SELECT reason, sum(count::int)::int AS count FROM event_accounts, jsonb_each_text(${column}) AS it (reason, count)
       WHERE project_id = $1 GROUP BY reason`,
    [projectId],
  );
  return Object.fromEntries(rows.map(({ reason, count }) => [reason, count]));
}

/** The totals of a project, which must say the same as its hours. */
async function totalsOf(projectId: string): Promise<Row | undefined> {
  const rows = await source.query<Row[]>(
    `SELECT received::int, stored::int, duplicate::int, unverified::int, rejected, switched_off
       FROM event_totals WHERE project_id = $1`,
    [projectId],
  );
  return rows[0];
}

async function progressOf(projectId: string): Promise<Row[]> {
  return source.query<Row[]>(
    `SELECT verified, instance_id, seen::text, highest::int, missing::int, given_up::int, counters,
        missing_since IS NOT NULL AS is_missing
       FROM producer_progress WHERE project_id = $1 ORDER BY verified, instance_id`,
    [projectId],
  );
}

test('an entry counts once, however often it comes', async () => {
  const entry = entryOf({ events: 100, rejected: new Map([[3, 'bad_time']]) });
  expect(await known(entry)).toEqual([]);
  await record(entry);
  expect(await known(entry)).toEqual([entry.entryId]);
  await record({ ...entry, rejected: NONE });
  await record(entry, { ...entry, entryId: '1-1' });
  expect(await sumsOf(entry.projectId)).toEqual({ received: 400, stored: 99, duplicate: 300 });
  expect(await reasonsOf(entry.projectId, 'rejected')).toEqual({ bad_time: 1 });
});

test('of an entry that overlaps another, only the new numbers count', async () => {
  const first = entryOf({ events: 10, switchedOff: new Map([[9, 'tracing_off']]) });
  await record(first);
  const rejected = new Map([4, 5].map((index) => [index, 'bad_id'] as const));
  const next = entryOf({ projectId: first.projectId, firstSeq: 6, events: 10, rejected });
  expect(await known(next)).toEqual([]);
  await record(next);
  expect(await sumsOf(first.projectId)).toEqual({ received: 20, stored: 13, duplicate: 5 });
  expect(await reasonsOf(first.projectId, 'rejected')).toEqual({ bad_id: 1 });
  expect(await reasonsOf(first.projectId, 'switched_off')).toEqual({ tracing_off: 1 });
});

test('numbers that did not come are missing, also those before the first', async () => {
  const entry = entryOf({
    firstSeq: 11,
    events: 5,
    counters: { accepted: 30, merged: 1, dropped: { '\0': 2 } },
  });
  await record(entry);
  await record({ ...entry, entryId: '1-1', firstSeq: 21, counters: { accepted: 40 } });
  const [progress] = await progressOf(entry.projectId);
  expect(progress).toMatchObject({ seen: '{[11,16),[21,26)}', highest: 25, missing: 15, is_missing: true });
  expect(progress?.['counters']).toEqual({ accepted: 40 });
  await record({ ...entry, entryId: '1-2', firstSeq: 1, events: 25 });
  expect((await progressOf(entry.projectId))[0]).toMatchObject({
    seen: '{[1,26)}',
    missing: 0,
    is_missing: false,
  });
  expect(await sumsOf(entry.projectId)).toEqual({ received: 35, stored: 25, duplicate: 10 });
});

test('what an unsigned sender claims does not touch the numbers of a signed one', async () => {
  const signed = entryOf({ events: 5 });
  await record({ ...signed, isVerified: false, entryId: '1-1', events: 1000 });
  expect(await known(signed)).toEqual([]);
  await record(signed);
  expect(await sumsOf(signed.projectId)).toEqual({ received: 1005, stored: 1005, duplicate: 0 });
  expect(await totalsOf(signed.projectId)).toMatchObject({ received: 1005, unverified: 1000 });
});

test('entries without numbers count once by their id, a server process\u2019s own too', async () => {
  const single = entryOf({ instanceId: null, firstSeq: null });
  const own = entryOf({
    projectId: single.projectId,
    instanceId: `http-${randomUUID()}`,
    firstSeq: 7,
    events: 3,
  });
  await record(single, own);
  expect((await known(single, own, { ...own, entryId: '1-1' })).sort()).toEqual(
    [single.entryId, own.entryId].sort(),
  );
  await record(single, own);
  expect(await sumsOf(single.projectId)).toEqual({ received: 8, stored: 4, duplicate: 4 });
  expect(await progressOf(single.projectId)).toEqual([]);
});

test('what nobody vouches for counts as one rejected thing of the nil project', async () => {
  const rejected = new Map([[-1, 'bad_signature']]);
  const before = Number((await sumsOf(NIL_UUID))?.['received']);
  const forged = entryOf({ projectId: NIL_UUID, isVerified: false, events: 1_000_000, rejected });
  await record(forged);
  await record(forged);
  expect(await sumsOf(NIL_UUID)).toEqual({ received: before + 2, stored: 0, duplicate: 1 });
  expect(await reasonsOf(NIL_UUID, 'rejected')).toEqual({ bad_signature: 1 });
});

test('an entry that was refused as a whole accounts for its numbers', async () => {
  const entry = entryOf({ events: 40, rejected: new Map([[-1, 'bad_lengths']]) });
  await record(entry);
  expect(await reasonsOf(entry.projectId, 'rejected')).toEqual({ bad_lengths: 40 });
  expect((await progressOf(entry.projectId))[0]).toMatchObject({ missing: 0 });
});

test('an hour that is written again adds up its reasons', async () => {
  const entry = entryOf({ events: 2, rejected: new Map([[0, 'bad_id']]) });
  await record(entry);
  const rejected = new Map([
    [0, 'bad_id'],
    [1, 'bad_time'],
  ]);
  await record({ ...entry, firstSeq: 3, entryId: '1-1', rejected });
  expect(await reasonsOf(entry.projectId, 'rejected')).toEqual({ bad_id: 2, bad_time: 1 });
});

test('of more than 1,000 holes the oldest are closed; they stay missing, and late events are not lost for it', async () => {
  const { projectId } = entryOf({});
  const odd = Array.from({ length: 1_500 }, (_, index) => entryOf({ projectId, firstSeq: 2 * index + 1 }));
  await record(...odd);
  const [progress] = await progressOf(projectId);
  expect(progress).toMatchObject({ highest: 2_999, missing: 1_499, given_up: 499 });
  const late = entryOf({ projectId, firstSeq: 2 });
  expect(await known(late)).toEqual([]);
});

test('an entry of a far future is counted within the hour', async () => {
  const entry = entryOf({ receivedMs: 253_370_764_800_000 });
  await record(entry);
  const [row] = await source.query<{ hour: Date }[]>(
    'SELECT hour FROM event_accounts WHERE project_id = $1',
    [entry.projectId],
  );
  expect(row?.hour.getTime()).toBeLessThan(Date.now() + 2 * 3_600_000);
});

function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

class RolledBack extends Error {}

test('two writers that get the same entries again and again, cut differently, count every number once', async () => {
  const random = randomFrom(20_261_121);
  const projects: string[] = [randomUUID(), randomUUID()];
  const numbers = 400;
  const outcomeOf = (projectId: string, firstSeq: number, events: number): EntryOutcome => {
    const all = Array.from({ length: events }, (_, index) => [index, firstSeq + index] as const);
    const reasoned = (divisor: number, reason: string) =>
      new Map(all.filter(([, number]) => number % divisor === 0).map(([index]) => [index, reason]));
    const rejected = reasoned(7, 'bad_time');
    const switchedOff = new Map([...reasoned(11, 'tracing_off')].filter(([index]) => !rejected.has(index)));
    const instanceId = `instance-${String(projects.indexOf(projectId))}`;
    return entryOf({ projectId, instanceId, firstSeq, events, rejected, switchedOff });
  };
  const received = new Map(projects.map((id) => [id, 0]));
  const write = async (entries: EntryOutcome[], isRolledBack: boolean): Promise<void> => {
    try {
      await source.transaction(async (manager) => {
        await account.findKnown(manager, entries);
        await account.record(manager, entries);
        if (isRolledBack) throw new RolledBack();
      });
    } catch (error) {
      if (error instanceof RolledBack) return;
      throw error;
    }
    for (const { projectId, events } of entries)
      received.set(projectId, (received.get(projectId) ?? 0) + events);
  };
  const randomEntries = (): EntryOutcome[] =>
    Array.from({ length: 1 + random(12) }, () => {
      const projectId = projects[random(2)] ?? '';
      const first = 1 + random(numbers);
      return outcomeOf(projectId, first, 1 + random(Math.min(60, numbers - first + 1)));
    });
  for (let round = 0; round < 60; round++) {
    await Promise.all([write(randomEntries(), random(4) === 0), write(randomEntries(), random(4) === 0)]);
  }
  await Promise.all(projects.map((id) => write([outcomeOf(id, 1, numbers)], false)));

  const rejected = Math.floor(numbers / 7);
  const switchedOff = Math.floor(numbers / 11) - Math.floor(numbers / 77);
  for (const projectId of projects) {
    const total = received.get(projectId) ?? 0;
    expect(await sumsOf(projectId)).toEqual({
      received: total,
      stored: numbers - rejected - switchedOff,
      duplicate: total - numbers,
    });
    expect(await reasonsOf(projectId, 'rejected')).toEqual({ bad_time: rejected });
    expect(await reasonsOf(projectId, 'switched_off')).toEqual({ tracing_off: switchedOff });
    expect(await totalsOf(projectId)).toEqual({
      ...(await sumsOf(projectId)),
      unverified: 0,
      rejected: { bad_time: rejected },
      switched_off: { tracing_off: switchedOff },
    });
    expect(await progressOf(projectId)).toMatchObject([{ seen: `{[1,${String(numbers + 1)})}`, missing: 0 }]);
  }
});
