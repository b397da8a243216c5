import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '../harness/eventually.ts';
import { IngestRig, type RigProject } from './ingest-rig.ts';

const OWN = 'swisper_studio_consumers';
const OTHER = 'somebody-else';
let rig: IngestRig;
let project: RigProject;
beforeEach(async () => {
  rig = await IngestRig.start();
  project = await rig.createProject();
  await rig.redis.call('XGROUP', 'CREATE', rig.stream, OTHER, '0', 'MKSTREAM');
  rig.consume();
});
afterEach(() => rig.close());

async function addTraces(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const timestamp = new Date().toISOString();
    const header = { event_type: 'trace_start', trace_id: randomUUID(), name: 'run', timestamp };
    ids.push(await rig.addBatch(project.id, [{ header, payloads: [] }]));
  }
  return ids;
}

const acked = async (): Promise<number> =>
  Number((await rig.redis.hgetall(`${rig.stream}:account`))['acked']);
const left = async (): Promise<string[]> => (await rig.redis.xrange(rig.stream, '-', '+')).map(([id]) => id);

test('what another group still needs stays, and goes when it is done with it', async () => {
  const [first = '', second = '', third = ''] = await addTraces(3);
  await eventually(acked, (count) => count === 3);
  const theirs = ['GROUP', OTHER, 'me', 'COUNT', '2', 'STREAMS', rig.stream, '>'];
  await rig.redis.call('XREADGROUP', ...theirs);
  // Read and not acknowledged: both are needed still.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(await left()).toEqual([first, second, third]);
  await rig.redis.call('XACK', rig.stream, OTHER, first);
  await eventually(left, (ids) => ids.length === 2);
  expect(await left()).toEqual([second, third]);
  await rig.redis.call('XACK', rig.stream, OTHER, second);
  await eventually(left, (ids) => ids.length === 1);
  await rig.redis.call('XREADGROUP', ...theirs);
  await rig.redis.call('XACK', rig.stream, OTHER, third);
  await eventually(left, (ids) => ids.length === 0);
});

test('once the other group is gone, what we are done with goes too', async () => {
  await addTraces(2);
  await eventually(acked, (count) => count === 2);
  expect(await left()).toHaveLength(2);
  await rig.redis.call('XGROUP', 'DESTROY', rig.stream, OTHER);
  await eventually(left, (ids) => ids.length === 0);
  const pending = (await rig.redis.call('XPENDING', rig.stream, OWN)) as unknown[];
  expect(pending[0]).toBe(0);
});
