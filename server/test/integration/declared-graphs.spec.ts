import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { EncodableEvent } from 'swisper-studio/contract';
import { mergeGraphs } from '../../src/traces/index.ts';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { IngestRig, type RigProject, type Row } from './ingest-rig.ts';
import { TracesScene } from './traces-scene.ts';

const edge = (source: string, target: string, conditional = false) => ({ source, target, conditional });

const graph = (name: string, version_hash: string, change: object = {}): EncodableEvent => ({
  header: {
    event_type: 'graph',
    name,
    version_hash,
    timestamp: new Date().toISOString(),
    nodes: ['a', 'b'],
    edges: [edge('a', 'b')],
    ...change,
  },
  payloads: [],
});

describe('a declared graph', () => {
  let rig: IngestRig;
  beforeAll(async () => {
    rig = await IngestRig.start();
    rig.consume();
  });
  afterAll(() => rig.close());

  const versions = (project: RigProject): Promise<Row[]> =>
    rig.query(
      `SELECT name, version_hash, nodes, edges, node_count, edge_count, signed, first_seen_at, last_seen_at
       FROM declared_graphs WHERE project_id = $1 ORDER BY name, version_hash`,
      [project.id],
    );

  test('is one row per version however often it is told, and counts as any event', async () => {
    const project = await rig.createProject();
    const options = { signer: project, instance: 'one' };
    await rig.addBatch(project.id, [graph('g', 'v1'), graph('g', 'v2'), graph('g', 'v1')], {
      ...options,
      seq: 1,
    });
    await rig.addBatch(project.id, [graph('g', 'v1'), graph('h', 'v1')], { ...options, seq: 4 });
    await rig.addBatch(project.id, [graph('g', 'v1'), graph('h', 'v1')], { ...options, seq: 4 });
    await rig.drained();
    const rows = await versions(project);
    expect(rows.map(({ name, version_hash }) => [name, version_hash])).toEqual([
      ['g', 'v1'],
      ['g', 'v2'],
      ['h', 'v1'],
    ]);
    expect(rows[0]).toMatchObject({
      nodes: ['a', 'b'],
      edges: [edge('a', 'b')],
      node_count: 2,
      edge_count: 1,
      signed: true,
    });
    const [first] = rows;
    expect(Number(first?.['last_seen_at'])).toBeGreaterThanOrEqual(Number(first?.['first_seen_at']));
    const totals = await rig.query(
      'SELECT received::int, stored::int, duplicate::int, rejected FROM event_totals WHERE project_id = $1',
      [project.id],
    );
    expect(totals).toEqual([{ received: 7, stored: 5, duplicate: 2, rejected: {} }]);
    expect(await rig.deadLetters()).toEqual([]);
  });

  test('that is not signed changes none that is, and is replaced by one that is', async () => {
    const project = await rig.createProject();
    const at = (ms: number, change: object): Parameters<typeof mergeGraphs>[1][number] => ({
      projectId: project.id,
      isSigned: true,
      receivedMs: Date.UTC(2026, 0, 1) + ms,
      name: 'g',
      versionHash: 'v',
      nodes: [],
      edges: [],
      ...change,
    });
    const forged = at(1_000, { isSigned: false, nodes: ['forged'] });
    const own = at(2_000, { nodes: ['own'] });
    const older = at(0, { nodes: ['own, retold'] });
    const late = at(9_000, { isSigned: false, nodes: ['forged late'] });
    const expected = {
      nodes: ['own'],
      node_count: 1,
      signed: true,
      first_seen_at: new Date('2026-01-01T00:00:00Z'),
      last_seen_at: new Date('2026-01-01T00:00:02Z'),
    };
    for (const events of [forged, own, older, late]) await mergeGraphs(rig.dataSource.manager, [events]);
    expect(await versions(project)).toMatchObject([expected]);
    await rig.query('DELETE FROM declared_graphs WHERE project_id = $1', [project.id]);
    await mergeGraphs(rig.dataSource.manager, [late, own, older]);
    await mergeGraphs(rig.dataSource.manager, [late]);
    expect(await versions(project)).toMatchObject([expected]);
  });

  test('is one of the 1,000 of its project that were seen last, whoever stores them meanwhile', async () => {
    const [project, other] = [await rig.createProject(), await rig.createProject()];
    const many = (owner: RigProject, from: number) =>
      Array.from({ length: 600 }, (_, i) => ({
        projectId: owner.id,
        isSigned: true,
        receivedMs: Date.UTC(2026, 0, 1) + from + i,
        name: `g${String(from + i).padStart(5, '0')}`,
        versionHash: 'v',
        nodes: ['n'],
        edges: [],
      }));
    await mergeGraphs(rig.dataSource.manager, [...many(other, 0), ...many(project, 0)]);
    await Promise.all([600, 1200].map((from) => mergeGraphs(rig.dataSource.manager, many(project, from))));
    await mergeGraphs(rig.dataSource.manager, many(project, 1800).slice(0, 1));
    const rows = await versions(project);
    expect(rows).toHaveLength(1000);
    expect(rows[0]).toMatchObject({ name: 'g00801' });
    expect(await versions(other)).toHaveLength(600);
  });

  test('pushes out the one seen longest ago, and locks none of those that stay', async () => {
    const project = await rig.createProject();
    const seen = (index: number) => ({
      projectId: project.id,
      isSigned: true,
      receivedMs: Date.UTC(2026, 0, 1) + index,
      name: `g${String(index)}`,
      versionHash: 'v',
      nodes: [],
      edges: [],
    });
    await mergeGraphs(
      rig.dataSource.manager,
      Array.from({ length: 1_000 }, (_, index) => seen(index)),
    );
    await rig.dataSource.transaction(async (manager) => {
      await mergeGraphs(manager, [seen(1_000)]);
      const free = await rig.query(
        'SELECT name FROM declared_graphs WHERE project_id = $1 FOR UPDATE SKIP LOCKED',
        [project.id],
      );
      expect(free).toHaveLength(999);
    });
    expect(await versions(project)).toHaveLength(1_000);
  });

  test('that is signed is not pushed out by any number of others that are not', async () => {
    const project = await rig.createProject();
    const seen = (name: string, isSigned: boolean, ms: number) => ({
      projectId: project.id,
      isSigned,
      receivedMs: Date.UTC(2026, 0, 1) + ms,
      name,
      versionHash: 'v',
      nodes: [],
      edges: [],
    });
    await mergeGraphs(rig.dataSource.manager, [seen('own', true, 0)]);
    const forged = Array.from({ length: 1_100 }, (_, i) => seen(`forged ${String(i)}`, false, 1 + i));
    await mergeGraphs(rig.dataSource.manager, forged);
    const rows = await versions(project);
    expect(rows).toHaveLength(1_000);
    expect(rows).toContainEqual(expect.objectContaining({ name: 'own', signed: true }));
  });

  test('that is broken is a dead letter, and its neighbours are stored', async () => {
    const project = await rig.createProject();
    const entry = await rig.addBatch(project.id, [
      graph('before', 'v'),
      graph('broken', 'v', { nodes: 'all of them' }),
      graph('clean\0ed', 'v', { nodes: ['n\ud800'] }),
    ]);
    await rig.drained();
    expect((await versions(project)).map(({ name, nodes }) => [name, nodes])).toEqual([
      ['before', ['a', 'b']],
      ['clean\ufffded', ['n\ufffd']],
    ]);
    const letters = await rig.query('SELECT event_index, reason FROM dead_letters WHERE entry_id = $1', [
      entry,
    ]);
    expect(letters).toEqual([{ event_index: 1, reason: 'invalid_header' }]);
  });
});

describe('reading declared graphs', () => {
  let scene: TracesScene;
  beforeAll(async () => {
    scene = await TracesScene.start();
    const events = [
      graph('agent/é', 'v1'),
      graph('agent/é', 'v2', { nodes: ['c'], edges: [] }),
      graph('b', 'v1'),
    ];
    for (const [index, { header }] of events.entries()) {
      const body = JSON.stringify({ instance_id: 'one', seq: index + 1, n: 1, events: [header] });
      const answer = await scene.raw('POST', '/events', { body, headers: { prefer: 'wait=10' } });
      expect(answer.status).toBe(200);
      await scene.stored(answer);
    }
  });
  afterAll(() => scene.studio.close());

  const names = (rows: readonly Record<string, unknown>[]) =>
    rows.map(({ name, version_hash }) => `${String(name)} ${String(version_hash)}`);

  test('lists versions, the one declared last first, page by page and by name', async () => {
    const all = await scene.items('/graphs');
    expect(names(all)).toEqual(['b v1', 'agent/é v2', 'agent/é v1']);
    expect(all[1]).toEqual({
      project_id: scene.project.id,
      name: 'agent/é',
      version_hash: 'v2',
      node_count: 1,
      edge_count: 0,
      first_seen_at: expect.stringMatching(/Z$/) as unknown,
      last_seen_at: expect.stringMatching(/Z$/) as unknown,
    });
    expect(names(await scene.items('/graphs?name=agent%2F%C3%A9'))).toEqual(['agent/é v2', 'agent/é v1']);
    const seen: Record<string, unknown>[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await scene.program.get(`/graphs?limit=1&cursor=${cursor}`);
      const page = body as { items: Record<string, unknown>[]; next_cursor: string | null };
      seen.push(...page.items);
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(all);
  });

  test('gives one with nodes and edges: a version, else the one declared last', async () => {
    const path = '/graphs/agent%2F%C3%A9';
    const { status, body } = await scene.program.get(path);
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({ version_hash: 'v2', nodes: ['c'], edges: [] }),
    ]);
    const older = await scene.program.get(`${path}?version_hash=v1`);
    expect(older.body).toMatchObject({ version_hash: 'v1', nodes: ['a', 'b'], edges: [edge('a', 'b')] });
    const person = await scene.person.get(`${path}?project_id=${scene.project.id}`);
    expect(person.body).toEqual(body);
  });

  test('finds the longest names, of any script', async () => {
    const name = '図'.repeat(500);
    const event = graph(name, 'ü'.repeat(200)).header;
    const body = JSON.stringify({ instance_id: 'long', seq: 1, n: 1, events: [event] });
    await scene.stored(await scene.raw('POST', '/events', { body, headers: { prefer: 'wait=10' } }));
    const { status, body: found } = await scene.program.get(`/graphs/${encodeURIComponent(name)}`);
    expect([status, found]).toEqual([200, expect.objectContaining({ name, version_hash: 'ü'.repeat(200) })]);
    await scene.studio.database.query('DELETE FROM declared_graphs WHERE name = $1', [name]);
  });

  test.each(['/graphs/unknown', '/graphs/b?version_hash=v9', '/graphs/%00', `/graphs/${'x'.repeat(900)}`])(
    'what is not there is 404: %s',
    async (path) => {
      expect((await scene.program.get(path)).status).toBe(404);
    },
  );

  test.each([
    ['limit', '/graphs?limit=0'],
    ['cursor', '/graphs?cursor=nonsense'],
    ['sort', '/graphs?sort=name'],
    ['version', '/graphs/b?version=v1'],
    ['name', `/graphs?name=${'x'.repeat(1_001)}`],
  ])('a wrong %s is named: %s', async (field, path) => {
    expect(await scene.program.get(path)).toMatchObject({ status: 400, body: { errors: [{ field }] } });
  });

  test('another project sees none of them, and a person must say which project', async () => {
    const other = await createProject(scene.person, randomUUID());
    const stranger = ApiClient.withKey(scene.studio.url, other.apiKey);
    expect(await scene.items('/graphs', stranger)).toEqual([]);
    expect((await stranger.get('/graphs/b')).status).toBe(404);
    expect((await stranger.get(`/graphs/b?project_id=${scene.project.id}`)).status).toBe(404);
    expect((await scene.person.get('/graphs')).status).toBe(400);
  });
});
