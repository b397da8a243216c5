import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { IngestRig, type RigProject } from './ingest-rig.ts';

let rig: IngestRig;
let project: RigProject;
beforeEach(async () => {
  rig = await IngestRig.start();
  project = await rig.createProject();
  rig.consume();
});
afterEach(() => rig.close());

const traceStart = (id: string) => ({
  event_type: 'trace_start',
  trace_id: id,
  name: 'run',
  timestamp: new Date().toISOString(),
});

/** A batch entry of one trace with some fields of its envelope replaced or added. */
function entryWith(over: Record<string, string>, traceId: string = randomUUID()): string[] {
  const fields = {
    v: '1',
    enc: 'json',
    project_id: project.id,
    instance_id: 'i',
    seq: '1',
    n: '1',
    counters: '{}',
    sent_at: new Date().toISOString(),
    h: JSON.stringify([traceStart(traceId)]),
    p: '',
  };
  return Object.entries({ ...fields, ...over }).flat();
}

async function expectNextIsStored(): Promise<void> {
  const next = randomUUID();
  await rig.addBatch(project.id, [{ header: traceStart(next), payloads: [] }]);
  await rig.drained();
  expect(await rig.query('SELECT id FROM traces WHERE id = $1', [next])).toEqual([{ id: next }]);
}

test.each([
  ['a key id the database cannot even be asked for', { key_id: 'a\0b', sig: 'x' }, 'unknown_key'],
  ['an instance id that cannot be stored', { instance_id: 'a\0b' }, 'invalid_header'],
  ['an instance id of control characters', { instance_id: '\u001b[2J' }, 'invalid_header'],
])('%s is one dead letter and holds nothing up', async (_, over, reason) => {
  await rig.add(entryWith(over));
  await expectNextIsStored();
  expect(await rig.deadLetters()).toMatchObject([{ event_index: -1, reason }]);
});

test('an entry whose fields together are longer than a string can be is one dead letter', async () => {
  const value = Buffer.alloc(65_536, 1);
  const filler = Array.from({ length: 1_500 }, (_, at) => [`f${String(at)}`, value]).flat();
  await rig.add([...entryWith({}), ...filler]);
  await expectNextIsStored();
  expect(await rig.deadLetters()).toMatchObject([{ event_index: -1, reason: 'oversize' }]);
});

test('an entry too large to be searched for its project is one dead letter', async () => {
  await rig.add([
    'event_type',
    'trace_start',
    'data',
    JSON.stringify({ project_id: project.id, x: 'x'.repeat(9 << 20) }),
  ]);
  await expectNextIsStored();
  expect(await rig.deadLetters()).toMatchObject([{ event_index: -1, reason: 'oversize' }]);
});

test('entry ids beyond all dates hold nothing up, stored or refused', async () => {
  const trace = randomUUID();
  await rig.redis.xadd(rig.stream, '9999999999999999998-1', ...entryWith({}, trace));
  await rig.redis.xadd(rig.stream, '9999999999999999999-1', ...entryWith({ v: '9' }));
  await expectNextIsStored();
  expect(await rig.query('SELECT marks FROM traces WHERE id = $1', [trace])).toEqual([
    { marks: ['clock_shifted'] },
  ]);
  expect(await rig.deadLetters()).toMatchObject([{ reason: 'unknown_version' }]);
});
