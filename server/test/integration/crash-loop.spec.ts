import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '../harness/eventually.ts';
import { IngestRig, type RigProject } from './ingest-rig.ts';

let rig: IngestRig;
let project: RigProject;
beforeEach(async () => {
  rig = await IngestRig.start();
  project = await rig.createProject();
});
afterEach(() => rig.close());

async function addTrace(): Promise<{ entryId: string; traceId: string }> {
  const traceId = randomUUID();
  const timestamp = new Date().toISOString();
  const header = { event_type: 'trace_start', trace_id: traceId, name: 'run', timestamp };
  return { entryId: await rig.addBatch(project.id, [{ header, payloads: [] }]), traceId };
}

/** As if this consumer had been given everything so often and ended each time before it was done. */
async function handOut(times: number): Promise<void> {
  const reader = rig.openReader('rig');
  await reader.ensureGroup();
  await reader.readNew({ entries: 100, bytes: 1_000_000 }, 100);
  for (let n = 1; n < times; n++) await reader.readOwnPending('0', 100);
}

async function noteTries(entryId: string, tries: number): Promise<void> {
  await rig.query('INSERT INTO isolation_marks VALUES ($1, $2, $3, $4)', [
    rig.stream,
    entryId,
    tries,
    new Date(),
  ]);
}

const storedTraces = async (): Promise<unknown[]> =>
  (await rig.query('SELECT id FROM traces')).map(({ id }) => id);

test('entries that were under way through any number of restarts are stored, and no mark is left', async () => {
  const entries = [await addTrace(), await addTrace(), await addTrace()];
  await handOut(12);
  rig.consume();
  await rig.drained();
  expect(await storedTraces()).toEqual(expect.arrayContaining(entries.map(({ traceId }) => traceId)));
  expect(await rig.deadLetters()).toEqual([]);
  expect(await rig.query('SELECT FROM isolation_marks')).toEqual([]);
});

test('an entry three processes died of while they tried it alone is a dead letter, its neighbours are stored', async () => {
  const before = await addTrace();
  const deadly = await addTrace();
  const after = await addTrace();
  await handOut(4);
  await noteTries(deadly.entryId, 3);
  rig.consume();
  await rig.drained();
  expect((await storedTraces()).sort()).toEqual([before.traceId, after.traceId].sort());
  expect(await rig.deadLetters()).toMatchObject([{ event_index: -1, reason: 'crash_loop' }]);
  expect(await rig.query('SELECT FROM isolation_marks')).toEqual([]);
});

test('an entry two processes died of is tried once more', async () => {
  const { entryId, traceId } = await addTrace();
  await handOut(3);
  await noteTries(entryId, 2);
  rig.consume();
  await rig.drained();
  expect(await storedTraces()).toEqual([traceId]);
  expect(await rig.deadLetters()).toEqual([]);
});

test('a process told to end while the database keeps it waiting has not died of the entry', async () => {
  await addTrace();
  await handOut(3);
  const locker = rig.dataSource.createQueryRunner();
  await locker.startTransaction();
  await locker.query('LOCK TABLE traces');
  const marks = (): Promise<unknown[]> => rig.query('SELECT FROM isolation_marks');
  rig.consume();
  await eventually(marks, (found) => found.length === 1);
  const stopped = rig.stopConsuming();
  await eventually(marks, (found) => found.length === 0);
  await locker.rollbackTransaction();
  await locker.release();
  await stopped;
  expect(await rig.deadLetters()).toEqual([]);
});
