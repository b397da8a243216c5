import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { EncodableEvent } from 'swisper-studio/contract';
import { eventually } from '../harness/eventually.ts';
import { IngestRig, type RigProject } from './ingest-rig.ts';

let rig: IngestRig;
let projects: RigProject[];
beforeEach(async () => {
  rig = await IngestRig.start();
  projects = [await rig.createProject(), await rig.createProject()];
  // As a bug of ours would: the database refuses what is perfectly good.
  await rig.query(`ALTER TABLE traces ADD CONSTRAINT our_bug CHECK (name <> 'good') NOT VALID`);
});
afterEach(() => rig.close());

async function addTraces(project: RigProject, count: number, name: string): Promise<void> {
  const timestamp = new Date().toISOString();
  const events = Array.from({ length: count }, () => ({
    header: { event_type: 'trace_start', trace_id: randomUUID(), name, timestamp },
    payloads: [],
  }));
  await rig.addBatch(project.id, events, { instance: randomUUID() });
}

const storedCount = async (): Promise<unknown> =>
  (await rig.query('SELECT count(*)::int AS n FROM traces'))[0]?.['n'];

test('when the database refuses most events of several projects, none is given up and all are stored later', async () => {
  for (const project of projects) await addTraces(project, 60, 'good');
  rig.consume();
  await eventually(
    () => Promise.resolve(rig.failure),
    (failure) => failure === 'breaker',
  );
  expect(await rig.deadLetters()).toEqual([]);
  expect(await rig.redis.xlen(rig.stream)).toBe(2);
  await rig.query('ALTER TABLE traces DROP CONSTRAINT our_bug');
  await rig.drained();
  expect(await storedCount()).toBe(120);
  expect(await rig.deadLetters()).toEqual([]);
  expect(rig.failure).toBeNull();
});

test('bad events among more good ones, or of one project among several, are dead letters and stop nothing', async () => {
  const [bad, good] = projects;
  if (bad === undefined || good === undefined) throw new Error('Two projects were made');
  await addTraces(bad, 60, 'good');
  await addTraces(good, 5, 'fine');
  rig.consume();
  await rig.drained();
  expect(await rig.deadLetters()).toHaveLength(60);
  expect(await storedCount()).toBe(5);
});

test('payloads that are no JSON are their senders\u2019 fault: dead letters, of all projects there are, and nothing stops', async () => {
  const timestamp = new Date().toISOString();
  const event = (name: string, input: string): EncodableEvent => ({
    header: { event_type: 'trace_start', trace_id: randomUUID(), name, timestamp },
    payloads: [['input', input]],
  });
  for (const project of projects) {
    const bad = Array.from({ length: 60 }, () => event('bad', '{"a":}'));
    const fine = Array.from({ length: 5 }, () => event('fine', '{"a":1}'));
    await rig.addBatch(project.id, [...bad, ...fine], { instance: randomUUID() });
  }
  rig.consume();
  await rig.drained();
  expect(await storedCount()).toBe(10);
  const letters = await rig.deadLetters();
  expect(letters).toHaveLength(120);
  expect(new Set(letters.map(({ reason }) => reason))).toEqual(new Set(['invalid_json']));
});

test('a commit that fails and is tried again counts its bad events once', async () => {
  // The database refuses the commit itself, four times.
  await rig.query('CREATE SEQUENCE commits');
  await rig.query(`CREATE FUNCTION refuse_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF nextval('commits') <= 4 THEN RAISE EXCEPTION 'try again' USING ERRCODE = '40001'; END IF;
    RETURN NULL; END $$`);
  await rig.query(`CREATE CONSTRAINT TRIGGER late AFTER INSERT ON dead_letters DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION refuse_commit()`);
  for (const project of projects) await addTraces(project, 15, 'good');
  rig.consume();
  await rig.drained();
  expect(await rig.deadLetters()).toHaveLength(30);
});
