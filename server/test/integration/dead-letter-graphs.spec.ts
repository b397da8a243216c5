import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { EncodableEvent } from 'swisper-studio/contract';
import { DeadLetterScene, traceStart } from './dead-letter-scene.ts';

let scene: DeadLetterScene;
beforeAll(async () => {
  scene = await DeadLetterScene.start();
});
afterAll(() => scene.close());

const graph = (name: string, nodes: unknown): EncodableEvent => ({
  header: { event_type: 'graph', name, version_hash: 'v', nodes, edges: [] },
  payloads: [],
});

const declared = async (projectId: string): Promise<unknown[]> =>
  (await scene.query('SELECT name FROM declared_graphs WHERE project_id = $1', [projectId])).map(
    ({ name }) => name,
  );

test('a declared graph in an entry of a project that exists now is stored with its neighbours', async () => {
  const projectId = randomUUID();
  const entry = await scene.addBatch(projectId, [traceStart(randomUUID()), graph('agent', ['n'])]);
  const refused = await scene.letterOf(entry);
  await scene.createProjectWithId(projectId);
  const { items } = await scene.replayUntil('stored', refused.id);
  expect(items).toMatchObject([{ events_stored: 2, events_refused: 0 }]);
  expect(await declared(projectId)).toEqual(['agent']);
});

test('one that an earlier version could not store is stored by a replay, one that is broken stays', async () => {
  const project = await scene.createProject();
  const entry = await scene.addBatch(project.id, [graph('kept', 5), graph('broken', 5)]);
  const [kept, broken] = [await scene.letterOf(entry, 0), await scene.letterOf(entry, 1)];
  // The earlier version kept events like this one whole, under another reason.
  await scene.query(
    `UPDATE dead_letters SET reason = 'unsupported_event_type', raw_bytes = raw_bytes + 4, kept_bytes = kept_bytes + 4,
       raw = convert_to(replace(convert_from(raw, 'UTF8'), '"nodes":5', '"nodes":["n"]'), 'UTF8')
     WHERE entry_id = $1 AND event_index = 0`,
    [entry],
  );
  const { items } = await scene.replay({ ids: [kept.id, broken.id] });
  const outcomes = new Map(items.map((item: { id: string }) => [item.id, item]));
  expect(outcomes.get(broken.id)).toMatchObject({ outcome: 'refused', reason: 'invalid_header' });
  expect(outcomes.get(kept.id)).toMatchObject({ outcome: 'stored', events_stored: 1 });
  expect(await declared(project.id)).toEqual(['kept']);
});
