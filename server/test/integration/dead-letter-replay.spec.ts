import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { NIL_UUID } from '../../src/kernel/uuid.ts';
import { ApiClient } from '../harness/api-client.ts';
import { eventually } from '../harness/eventually.ts';
import { startInProcess } from './app-in-process.ts';
import { bodyOf, DeadLetterScene, type Letter, type Replay, traceStart } from './dead-letter-scene.ts';

let scene: DeadLetterScene;
beforeAll(async () => {
  scene = await DeadLetterScene.start();
});
afterAll(() => scene.close());

async function letter(id: string): Promise<Letter> {
  return bodyOf<Letter>(await scene.person.get(`/dead-letters/${id}`));
}

describe('what was refused for a reason that is gone is stored by a replay', () => {
  test('a project that exists now; what is bad in the entry becomes dead letters of its own', async () => {
    const [projectId, good] = [randomUUID(), randomUUID()];
    const bad = { ...traceStart(randomUUID()), payloads: [['input', '{"broken":'] as const] };
    const late = { ...traceStart(randomUUID()), header: { event_type: 'surprise' } };
    const entry = await scene.addBatch(projectId, [traceStart(good), bad, late], { seq: 7 });
    const refused = await scene.letterOf(entry);
    expect(refused).toMatchObject({ reason: 'unknown_project', project_id: NIL_UUID, can_replay: true });
    await scene.createProjectWithId(projectId);
    const { items, counts } = await scene.replayUntil('stored', refused.id);
    expect(counts).toEqual({ stored: 1 });
    expect(items).toEqual([
      { id: refused.id, outcome: 'stored', reason: null, detail: null, events_stored: 1, events_refused: 2 },
    ]);
    expect(await scene.trace(good)).toMatchObject({ project_id: projectId, instance_id: 'i-1' });
    const own = (await scene.lettersOf(entry)).filter(({ project_id }) => project_id === projectId);
    expect(own.map(({ event_index, reason }) => [event_index, reason]).sort()).toEqual([
      [1, 'invalid_json'],
      [2, 'unknown_event_type'],
    ]);
    const account = await scene.query(
      `SELECT p.seen::text, t.received::int, t.stored::int, t.duplicate::int, t.rejected
       FROM producer_progress p JOIN event_totals t USING (project_id) WHERE project_id = $1`,
      [projectId],
    );
    const rejected = { invalid_json: 1, unknown_event_type: 1 };
    expect(account).toEqual([{ seen: '{[7,10)}', received: 3, stored: 1, duplicate: 0, rejected }]);
    expect(await letter(refused.id)).toMatchObject({
      can_replay: false,
      last_replay: { outcome: 'stored', by: 'admin@example.com' },
    });
  });

  test('a key that is known now: its signature counts from the entry\u2019s time on', async () => {
    const [project, key, trace] = [await scene.createProject(), scene.createKey(), randomUUID()];
    const entry = await scene.addBatch(project.id, [traceStart(trace)], { key });
    const refused = await scene.letterOf(entry);
    expect(refused).toMatchObject({ reason: 'unknown_key', project_id: NIL_UUID });
    await scene.addKey(project.id, key);
    await scene.replayUntil('stored', refused.id);
    expect(await scene.trace(trace)).toMatchObject({ project_id: project.id });
    const answer = await scene.person.get(`/projects/${project.id}`);
    const signedSince = new Date(Number.parseInt(entry, 10)).toISOString();
    expect(answer.body).toMatchObject({ require_signature: true, signed_since: signedSince });
  });

  test('unsigned entries once an admin accepts them', async () => {
    const [project, trace] = [await scene.createProject(), randomUUID()];
    await scene.person.patch(`/projects/${project.id}`, { require_signature: true });
    const refused = await scene.letterOf(await scene.addBatch(project.id, [traceStart(trace)]));
    expect(refused.reason).toBe('unsigned');
    expect((await scene.replay({ ids: [refused.id] })).items).toMatchObject([
      { outcome: 'refused', reason: 'unsigned' },
    ]);
    expect(await scene.trace(trace)).toBeUndefined();
    await scene.person.patch(`/projects/${project.id}`, { require_signature: false });
    await scene.replayUntil('stored', refused.id);
    expect(await scene.trace(trace)).toBeDefined();
  });

  test('an event the database refused, with the version it would have had', async () => {
    const [project, trace] = [await scene.createProject(), randomUUID()];
    const timestamp = new Date().toISOString().replace('Z', '456Z');
    const event = {
      header: {
        event_type: 'trace_start',
        trace_id: trace,
        name: 'poison',
        tags: ['a', '\ud800'],
        timestamp,
      },
      payloads: [['input', '{"b":1e400,"a":"\\u0000"}'] as const],
    };
    await scene.query(`ALTER TABLE traces ADD CONSTRAINT poison CHECK (name <> 'poison')`);
    const entry = await scene.addBatch(project.id, [traceStart(randomUUID()), event], { seq: 40 });
    const refused = await scene.letterOf(entry, 1);
    await scene.query('ALTER TABLE traces DROP CONSTRAINT poison');
    expect(refused).toMatchObject({ reason: 'data_error', project_id: project.id });
    await scene.replayUntil('stored', refused.id);
    const stored = () =>
      scene.query(
        `SELECT encode(t.start_version, 'hex') AS version, t.tags, t.marks, t.instance_id, p.body::text
         FROM traces t JOIN observation_payloads p ON p.trace_id = t.id WHERE t.id = $1`,
        [trace],
      );
    const replayed = await stored();
    await scene.query('DELETE FROM traces WHERE id = $1', [trace]);
    await scene.query('DELETE FROM observation_payloads WHERE trace_id = $1', [trace]);
    await scene.addBatch(project.id, [event], { seq: 41 });
    const direct = await eventually(stored, (rows) => rows.length > 0);
    expect(replayed).toEqual(direct);
  });

  test('not what began while tracing was off', async () => {
    const [project, trace] = [await scene.createProject(), randomUUID()];
    await scene.person.patch(`/projects/${project.id}`, { require_signature: true });
    await scene.person.patch(`/projects/${project.id}/tracing`, { tracing_enabled: false });
    const refused = await scene.letterOf(await scene.addBatch(project.id, [traceStart(trace)]));
    await scene.person.patch(`/projects/${project.id}`, { require_signature: false });
    await scene.person.patch(`/projects/${project.id}/tracing`, { tracing_enabled: true });
    await scene.replayUntil('switched_off', refused.id);
    expect(await scene.trace(trace)).toBeUndefined();
  });
});

describe('what still fails stays, with the reason', () => {
  test.each<[string, readonly string[]]>([
    ['missing_project', ['event_type', 'trace_start', 'trace_id', 't', 'timestamp', '1']],
    ['unknown_project', ['event_type', 'trace_start', 'trace_id', 't', 'project_id', randomUUID()]],
  ])('%s', async (reason, fields) => {
    const refused = await scene.letterOf(await scene.add(fields));
    expect(refused.reason).toBe(reason);
    const { items } = await scene.replay({ ids: [refused.id] });
    expect(items).toMatchObject([{ outcome: 'refused', reason, events_stored: 0 }]);
    expect(await letter(refused.id)).toMatchObject({ can_replay: true, last_replay: { outcome: 'refused' } });
  });

  test('a wrong signature, byte for byte', async () => {
    const [project, key, trace] = [await scene.createProject(), scene.createKey(), randomUUID()];
    await scene.addKey(project.id, key);
    const forged = { keyId: key.keyId, apiKey: scene.createKey().apiKey };
    const refused = await scene.letterOf(
      await scene.addBatch(project.id, [traceStart(trace)], { key: forged }),
    );
    expect(refused.reason).toBe('bad_signature');
    const { items } = await scene.replay({ ids: [refused.id] });
    expect(items).toMatchObject([{ outcome: 'refused', reason: 'bad_signature' }]);
    expect(await scene.trace(trace)).toBeUndefined();
  });

  test('bad JSON is refused by the database again, and another reason is said', async () => {
    const project = await scene.createProject();
    const bad = { ...traceStart(randomUUID()), payloads: [['input', '{"broken":'] as const] };
    const refused = await scene.letterOf(await scene.addBatch(project.id, [bad]), 0);
    await scene.query(`UPDATE dead_letters SET reason = 'data_error' WHERE entry_id = $1`, [
      refused.entry_id,
    ]);
    const { items } = await scene.replay({ ids: [refused.id] });
    expect(items).toMatchObject([{ outcome: 'refused', reason: 'invalid_json' }]);
    expect((await letter(refused.id)).reason).toBe('invalid_json');
  });

  test('what was cut, or kept by an earlier version, says so', async () => {
    const [projectId, trace] = [randomUUID(), randomUUID()];
    const large = {
      ...traceStart(trace),
      payloads: [['input', JSON.stringify('x'.repeat(70_000))] as const],
    };
    const cut = await scene.letterOf(await scene.addBatch(projectId, [large]));
    expect(cut.can_replay).toBe(false);
    const old = await scene.letterOf(await scene.addBatch(projectId, [traceStart(trace)]));
    await scene.query('UPDATE dead_letters SET raw_format = NULL WHERE entry_id = $1', [old.entry_id]);
    await scene.createProjectWithId(projectId);
    const { items, counts } = await scene.replay({ ids: [cut.id, old.id] });
    expect(counts).toEqual({ cut: 1, unreadable: 1 });
    expect(items.find(({ id }) => id === cut.id)?.outcome).toBe('cut');
    expect(await scene.trace(trace)).toBeUndefined();
  });
});

test('a dry run says what would become of each and stores nothing', async () => {
  const [projectId, trace] = [randomUUID(), randomUUID()];
  const bad = { ...traceStart(randomUUID()), payloads: [['input', '{"broken":'] as const] };
  const letters = [
    await scene.letterOf(await scene.addBatch(projectId, [traceStart(trace)])),
    await scene.letterOf(await scene.addBatch(projectId, [bad])),
  ];
  await scene.createProjectWithId(projectId);
  const ids = letters.map(({ id }) => id);
  const dry = await eventually(
    () => scene.replay({ ids, dry_run: true }),
    ({ counts }) => counts['stored'] === 1,
  );
  expect(dry).toMatchObject({ dry_run: true, counts: { stored: 1, refused: 1 } });
  expect(dry.items.find(({ id }) => id === ids[1])).toMatchObject({ reason: 'invalid_json' });
  expect(await scene.trace(trace)).toBeUndefined();
  expect(await letter(ids[0] ?? '')).toMatchObject({ can_replay: true, last_replay: null });
  expect(await scene.query('SELECT signed_since FROM projects WHERE id = $1', [projectId])).toEqual([
    { signed_since: null },
  ]);
});

test('a dry run with a first signature does not make later unsigned entries be refused', async () => {
  const [projectId, key] = [randomUUID(), scene.createKey()];
  const signed = await scene.letterOf(await scene.addBatch(projectId, [traceStart(randomUUID())], { key }));
  const unsigned = await scene.letterOf(await scene.addBatch(projectId, [traceStart(randomUUID())]));
  await scene.createProjectWithId(projectId);
  await scene.addKey(projectId, key);
  const tried = await eventually(
    () => scene.replay({ ids: [signed.id], dry_run: true }),
    ({ counts }) => counts['stored'] === 1,
  );
  expect(tried.items).toMatchObject([{ outcome: 'stored' }]);
  const { items } = await scene.replay({ ids: [unsigned.id] });
  expect(items).toMatchObject([{ outcome: 'stored', reason: null }]);
});

test('replaying twice changes nothing, also when two replicas do it at the same time', async () => {
  const [projectId, trace] = [randomUUID(), randomUUID()];
  const events = Array.from({ length: 20 }, (_, step) => ({
    header: {
      event_type: 'observation',
      trace_id: trace,
      observation_id: randomUUID(),
      name: `step ${String(step)}`,
      type: 'SPAN',
      start_time: new Date().toISOString(),
      end_time: new Date().toISOString(),
    },
    payloads: [['input', String(step)] as const],
  }));
  const refused = await scene.letterOf(await scene.addBatch(projectId, events));
  await scene.createProjectWithId(projectId);
  const replica = await startInProcess({
    STUDIO_ROLES: 'api',
    DATABASE_URL: scene.studio.databaseUrl,
    OBSERVABILITY_STREAM_NAME: scene.stream,
  });
  try {
    const other = await ApiClient.signedIn(replica.url);
    await eventually(
      () => scene.replay({ ids: [refused.id], dry_run: true }),
      ({ items }) => items[0]?.outcome === 'stored',
    );
    const both = await Promise.all(
      [scene.person, other, scene.person, other].map(async (person) =>
        bodyOf<Replay>(await person.post('/dead-letters/replay', { ids: [refused.id] })),
      ),
    );
    const outcomes = both.map(({ items }) => items[0]?.outcome).sort();
    expect(outcomes).toEqual(['already_replayed', 'already_replayed', 'already_replayed', 'stored']);
  } finally {
    await replica.close();
  }
  const rows = () =>
    scene.query(
      `SELECT o.id, encode(o.start_version, 'hex') AS version, o.last_received_at, p.body::text FROM observations o
       JOIN observation_payloads p ON p.trace_id = o.trace_id AND p.observation_id = o.id
       WHERE o.trace_id = $1 ORDER BY o.id`,
      [trace],
    );
  const before = await rows();
  expect(before).toHaveLength(20);
  await scene.query(`UPDATE dead_letters SET replay_outcome = NULL WHERE entry_id = $1`, [refused.entry_id]);
  await scene.replayUntil('stored', refused.id);
  expect(await rows()).toEqual(before);
});
