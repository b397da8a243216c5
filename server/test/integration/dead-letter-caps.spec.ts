import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { NIL_UUID } from '../../src/kernel/uuid.ts';
import { UNIT_BYTES } from '../../src/stream-consumer/refused/dead-letter-budget.ts';
import { DeadLetterCap } from '../../src/stream-consumer/dead-letters/dead-letter-cap.ts';
import { DeadLetterReader } from '../../src/stream-consumer/dead-letters/dead-letter-reader.ts';
import {
  DeadLetterStore,
  type KeptLetters,
  type Refused,
} from '../../src/stream-consumer/refused/dead-letter-store.ts';
import { IngestRig } from './ingest-rig.ts';

const BURST_UNITS = 800;
const UNITS_PER_MINUTE = 60;
const LIMITS = { burstUnits: BURST_UNITS, unitsPerMinute: UNITS_PER_MINUTE };
const { signal } = new AbortController();
let rig: IngestRig;
let reader: DeadLetterReader;

/** Stands still unless it is put forward. */
const clock = {
  ms: Date.now(),
  now: () => new Date(clock.ms),
  nowMs: () => clock.ms,
  forward: (ms: number) => (clock.ms += ms),
};

beforeAll(async () => {
  rig = await IngestRig.start();
  reader = new DeadLetterReader(rig.dataSource);
});
afterAll(() => rig.close());

let lastEntry = Date.now() * 1000;

function refused(projectId: string, change: Partial<Refused> = {}, bytes = 10): Refused {
  const kept = Buffer.alloc(bytes, 'x');
  return {
    projectId,
    entryId: `${String(lastEntry++)}-0`,
    index: -1,
    reason: 'bad_signature',
    detail: 'd\0etail',
    raw: { kept, bytes, format: 'entry' },
    ...change,
  };
}

const many = (count: number, projectId: string, bytes = 10): Refused[] =>
  Array.from({ length: count }, () => refused(projectId, {}, bytes));
const store = (letters: readonly Refused[]): Promise<KeptLetters> =>
  rig.dataSource.transaction((manager) => new DeadLetterStore(clock, LIMITS).store(manager, letters));

test('of a flood so many are kept at once and so many more a minute, and the others are counted', async () => {
  for (let sent = 0; sent < BURST_UNITS + 300; sent += 100) await store(many(100, NIL_UUID));
  expect(await reader.countByReason(NIL_UUID)).toMatchObject([
    { reason: 'bad_signature', waiting: BURST_UNITS, notKept: 300 },
  ]);
  clock.forward(60_000);
  await store(many(UNITS_PER_MINUTE + 7, NIL_UUID));
  await store(many(3, NIL_UUID));
  expect(await reader.countByReason(NIL_UUID)).toMatchObject([
    { waiting: BURST_UNITS + UNITS_PER_MINUTE, notKept: 300 + 7 + 3 },
  ]);
});

test('a flood of one reason or project leaves room for the others, and large ones take more of it', async () => {
  const project = randomUUID();
  const large = 16;
  await store([
    ...many(BURST_UNITS / large + 5, project, large * UNIT_BYTES),
    refused(project, { reason: 'bad_id' }),
    refused(randomUUID()),
  ]);
  expect(await reader.countByReason(project)).toMatchObject([
    { reason: 'bad_signature', waiting: BURST_UNITS / large, notKept: 5 },
    { reason: 'bad_id', waiting: 1, notKept: 0 },
  ]);
});

test('a batch that is rolled back takes nothing, and one that comes again is the same dead letter', async () => {
  const project = randomUUID();
  const letters = many(BURST_UNITS / 2, project);
  for (let attempt = 0; attempt < 3; attempt++) {
    const attempted = rig.dataSource.transaction(async (manager) => {
      await new DeadLetterStore(clock, LIMITS).store(manager, letters);
      throw new Error('not committed');
    });
    await expect(attempted).rejects.toThrow('not committed');
  }
  await store(letters);
  await store(letters);
  expect(await reader.countByReason(project)).toMatchObject([{ waiting: BURST_UNITS / 2, notKept: 0 }]);
});

test('writers that refuse the same at the same time never keep more', async () => {
  const project = randomUUID();
  const batches = Array.from({ length: 6 }, () => many(BURST_UNITS / 4, project));
  await Promise.all(batches.map(store));
  expect(await reader.countByReason(project)).toMatchObject([
    { waiting: BURST_UNITS, notKept: BURST_UNITS / 2 },
  ]);
});

test('the oldest go when a project has more than it may, and are counted', async () => {
  const [full, small] = [randomUUID(), randomUUID()];
  const batches = [many(30, full), many(30, full), many(30, full), many(5, small)];
  for (const batch of batches) {
    clock.forward(1_000);
    await store(batch);
  }
  const cap = new DeadLetterCap(rig.dataSource, clock, { rows: 40, bytes: 1024 ** 3 });
  await cap.run(signal);
  expect(await reader.countByReason(full)).toMatchObject([{ waiting: 40, purged: 50 }]);
  expect(await reader.countByReason(small)).toMatchObject([{ waiting: 5, purged: 0 }]);
  const left = await reader.list({ projectId: full }, { limit: 200, after: null });
  const newest = new Set(batches[2]?.map(({ entryId }) => entryId));
  expect(left.items.filter(({ entryId }) => newest.has(entryId))).toHaveLength(30);
  expect(await cap.run(signal)).toBe(0);
});

test('the limit of bytes holds too', async () => {
  const project = randomUUID();
  await store(many(20, project, 10_000));
  await new DeadLetterCap(rig.dataSource, clock, { rows: 1_000_000, bytes: 95_000 }).run(signal);
  expect(await reader.countByReason(project)).toMatchObject([{ waiting: 9, keptBytes: 90_000, purged: 11 }]);
});

test('more than fit into one statement are kept in one transaction', async () => {
  const project = randomUUID();
  await rig.dataSource.transaction((manager) =>
    new DeadLetterStore(clock).store(manager, many(7_000, project)),
  );
  expect(await reader.countByReason(project)).toMatchObject([{ waiting: 7_000, notKept: 0 }]);
});

test('events that come again take no room from others, and who stored them is told what was kept', async () => {
  const project = randomUUID();
  const [letters, others] = [many(BURST_UNITS / 2, project), many(BURST_UNITS / 2 + 3, project)];
  for (let time = 0; time < 3; time++) {
    expect(await store(letters)).toEqual({ kept: letters.length, notKept: 0 });
  }
  expect(await store(others)).toEqual({ kept: BURST_UNITS / 2, notKept: 3 });
  expect(await reader.countByReason(project)).toMatchObject([{ waiting: BURST_UNITS, notKept: 3 }]);
});

test('an entry of nobody that was not kept counts once however often it comes', async () => {
  const tomorrow = new Date(Date.now() + 24 * 3_600_000);
  await rig.query(
    `INSERT INTO dead_letter_tallies (project_id, reason, tokens, refilled_at, granted, not_kept, purged)
      VALUES ($1, 'unknown_project', 0, $2, 0, 0, 0)`,
    [NIL_UUID, tomorrow],
  );
  const id = `${String(Date.now())}-0`;
  const fields = ['event_type', 'trace_start', 'trace_id', 'x', 'project_id', randomUUID(), 'timestamp', '1'];
  rig.consume();
  for (let time = 0; time < 3; time++) {
    await rig.redis.del(rig.stream);
    await rig.redis.xadd(rig.stream, id, ...fields);
    await rig.drained();
  }
  const [tally] = await rig.query(
    `SELECT not_kept::int AS n FROM dead_letter_tallies WHERE project_id = $1 AND reason = 'unknown_project'`,
    [NIL_UUID],
  );
  expect(tally).toEqual({ n: 1 });
  const [total] = await rig.query(
    'SELECT received::int, duplicate::int, rejected FROM event_totals WHERE project_id = $1',
    [NIL_UUID],
  );
  expect(total).toEqual({ received: 3, duplicate: 2, rejected: { unknown_project: 1 } });
});
