import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { NIL_UUID } from '../../src/kernel/uuid.ts';
import { ApiClient, createProject, field } from '../harness/api-client.ts';
import { eventually } from '../harness/eventually.ts';
import { bodyOf, DeadLetterScene, itemsOf, type Letter, traceStart } from './dead-letter-scene.ts';

let scene: DeadLetterScene;
let mine: { id: string; apiKey: string };
let other: { id: string; apiKey: string };
let reader: ApiClient;
/** Newest last: three of mine with two reasons, one of the other's, one of nobody's. */
const letters: Letter[] = [];

const badJson = (text = '{"broken":') => ({
  ...traceStart(randomUUID()),
  payloads: [['input', text] as const],
});
const badType = { header: { event_type: 'surprise', trace_id: 't', note: '<b>&' }, payloads: [] };

beforeAll(async () => {
  scene = await DeadLetterScene.start();
  mine = await scene.createProject();
  other = await createProject(scene.person, 'Other');
  reader = ApiClient.withKey(scene.studio.url, mine.apiKey);
  const sent = [
    () => scene.addBatch(mine.id, [badJson()]),
    () => scene.addBatch(mine.id, [badType]),
    () => scene.addBatch(mine.id, [badJson()]),
    () => scene.addBatch(other.id, [badJson()]),
  ];
  for (const send of sent) letters.push(await scene.letterOf(await send(), 0));
  const nobody = await scene.add(['project_id', 'no-uuid', 'event_type', 'x', 'p', Buffer.from([0xff, 0])]);
  letters.push(await scene.letterOf(nobody));
});
afterAll(() => scene.close());

const idsOf = (list: readonly { id: string }[]): string[] => list.map(({ id }) => id);
const newest = (): string[] => idsOf(letters).reverse();

describe('the list', () => {
  test('shows a person everything, newest first, page after page', async () => {
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const answer = await scene.person.get(`/dead-letters?limit=2&cursor=${cursor}`);
      const page = bodyOf<{ items: Letter[]; next_cursor: string | null }>(answer);
      seen.push(...idsOf(page.items));
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(newest());
  });

  test.each([
    ['project', () => `project_id=${mine.id}`, [2, 1, 0]],
    ['reason', () => 'reason=invalid_json', [3, 2, 0]],
    ['project and reason', () => `project_id=${mine.id}&reason=unknown_event_type`, [1]],
    ['nobody\u2019s', () => `project_id=${NIL_UUID}`, [4]],
    ['state', () => 'state=replayed', []],
  ])('is filtered by %s', async (_, query, expected) => {
    const items = itemsOf<Letter>(await scene.person.get(`/dead-letters?${query()}`));
    expect(idsOf(items)).toEqual(expected.map((at) => letters[at]?.id));
  });

  test('shows a key what is its own project\u2019s', async () => {
    expect(idsOf(itemsOf(await reader.get('/dead-letters')))).toEqual([2, 1, 0].map((at) => letters[at]?.id));
    expect((await reader.get(`/dead-letters?project_id=${other.id}`)).status).toBe(404);
    expect((await reader.get(`/dead-letters?project_id=${NIL_UUID}`)).status).toBe(404);
    for (const at of [3, 4]) {
      for (const path of ['', '/raw']) {
        const answer = await reader.get(`/dead-letters/${letters[at]?.id ?? ''}${path}`);
        expect(answer).toMatchObject({ status: 404, body: { detail: 'Dead letter not found' } });
      }
    }
    const key = await scene.person.post(`/projects/${mine.id}/keys`, { name: 'i', scopes: ['ingest'] });
    const ingest = ApiClient.withKey(scene.studio.url, field(key.body, 'secret'));
    expect((await ingest.get('/dead-letters')).status).toBe(403);
  });

  test('is counted by reason', async () => {
    const counts = async (client: ApiClient, query = '') =>
      itemsOf<{ reason: string; waiting: number }>(await client.get(`/dead-letters/counts${query}`)).map(
        ({ reason, waiting }) => [reason, waiting],
      );
    const own = [
      ['invalid_json', 2],
      ['unknown_event_type', 1],
    ];
    expect(await counts(reader)).toEqual(own);
    expect(await counts(scene.person, `?project_id=${mine.id}`)).toEqual(own);
    expect(await counts(scene.person)).toEqual([
      ['invalid_json', 3],
      ['unknown_event_type', 1],
      ['unknown_project', 1],
    ]);
  });
});

describe('one of them', () => {
  test('an event shows its header and its payloads', async () => {
    const answer = await reader.get(`/dead-letters/${letters[0]?.id ?? ''}`);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        reason: 'invalid_json',
        raw_format: 'event',
        preview: {
          header: { event_type: 'trace_start', name: 'run' },
          payloads: [{ name: 'input', bytes: 10, text: '{"broken":', base64: null, is_cut: false }],
          fields: null,
        },
      },
    });
  });

  test('an entry shows its fields, and its bytes can be had', async () => {
    const id = letters[4]?.id ?? '';
    expect((await scene.person.get(`/dead-letters/${id}`)).body).toMatchObject({
      raw_format: 'entry',
      raw_bytes: 55,
      preview: {
        fields: [
          { name: 'project_id', text: 'no-uuid' },
          { name: 'event_type', text: 'x' },
          { name: 'p', text: null, base64: '/wA=', bytes: 2 },
        ],
      },
    });
    const login = await fetch(`${scene.studio.url}/api/v1/dead-letters/${id}/raw`);
    expect(login.status).toBe(401);
    const own = await fetch(`${scene.studio.url}/api/v1/dead-letters/${letters[0]?.id ?? ''}/raw`, {
      headers: { 'x-api-key': mine.apiKey },
    });
    expect(own.headers.get('content-type')).toBe('application/octet-stream');
    expect(own.headers.get('x-content-type-options')).toBe('nosniff');
    expect(own.headers.get('content-disposition')).toMatch(
      /^attachment; filename="dead-letter-[\d-]+\.bin"$/,
    );
    const [row] = await scene.query('SELECT raw FROM dead_letters WHERE entry_id = $1', [
      letters[0]?.entry_id,
    ]);
    expect(Buffer.from(await own.arrayBuffer())).toEqual(row?.['raw']);
  });

  test.each(['x', `${NIL_UUID}.1-1`, `${NIL_UUID}.1-1.-2`, `${NIL_UUID}.1-1.-1.1`, `${NIL_UUID}.1-1.99`])(
    'that is not there is 404: %s',
    async (id) => {
      expect((await scene.person.get(`/dead-letters/${id}`)).status).toBe(404);
      expect((await scene.person.delete(`/dead-letters/${id}`)).status).toBe(404);
    },
  );
});

test('requests that could mean everything, or nothing, are refused', async () => {
  const bodies: [string, object][] = [
    ['filter', {}],
    ['filter', { ids: [letters[0]?.id], filter: {} }],
    ['ids', { ids: [] }],
    ['ids', { ids: ['x'] }],
    ['ids', { ids: Array.from({ length: 1_001 }, (_, at) => `${NIL_UUID}.1-${String(at)}.-1`) }],
    ['filter', { filter: [] }],
    ['filter', { filter: [{ reason: 'bad_time' }] }],
    ['filter.project_id', { filter: { project_id: 'x' } }],
    ['filter.reason', { filter: { reason: "x' OR true" } }],
    ['filter.age', { filter: { age: 1 } }],
    ['limit', { filter: {}, limit: 1_001 }],
  ];
  for (const [name, body] of bodies) {
    for (const path of ['replay', 'delete']) {
      const answer = await scene.person.post(`/dead-letters/${path}`, body);
      expect([name, answer.status, answer.body]).toMatchObject([name, 400, { errors: [{ field: name }] }]);
    }
  }
  const cursor = await scene.person.post('/dead-letters/replay', { filter: {}, cursor: 'x' });
  expect(cursor).toMatchObject({ status: 400, body: { errors: [{ field: 'cursor' }] } });
  for (const query of ['project_id=x', 'reason=A', 'state=x', 'cursor=x', 'limit=0', 'sort=x']) {
    expect((await scene.person.get(`/dead-letters?${query}`)).status).toBe(400);
  }
});

test('a key cannot replay or delete', async () => {
  const id = letters[0]?.id ?? '';
  for (const path of ['replay', 'delete']) {
    expect((await reader.post(`/dead-letters/${path}`, { ids: [id] })).status).toBe(403);
  }
  expect((await reader.delete(`/dead-letters/${id}`)).status).toBe(403);
  expect((await reader.get('/dead-letters/replays')).status).toBe(403);
  expect((await reader.get(`/dead-letters/${id}`)).status).toBe(200);
});

test('all that match a filter are replayed page after page, once each; entries that ended the process only by name', async () => {
  const projectId = randomUUID();
  const traces = Array.from({ length: 7 }, () => randomUUID());
  const entries: string[] = [];
  for (const trace of traces) entries.push(await scene.addBatch(projectId, [traceStart(trace)]));
  for (const entry of entries) await scene.letterOf(entry);
  await scene.query(`UPDATE dead_letters SET reason = 'waits_here' WHERE entry_id = ANY($1)`, [
    entries.slice(0, 6),
  ]);
  await scene.query(`UPDATE dead_letters SET reason = 'crash_loop' WHERE entry_id = $1`, [entries[6]]);
  const filter = { project_id: NIL_UUID, reason: 'waits_here' };
  const still = await scene.replay({ filter, limit: 4 });
  expect(still).toMatchObject({ counts: { refused: 4 }, remaining: 2 });
  await scene.query(`UPDATE dead_letters SET reason = 'waits_here' WHERE entry_id = ANY($1)`, [
    entries.slice(0, 6),
  ]);
  await scene.createProjectWithId(projectId);
  await eventually(
    () => scene.replay({ filter, limit: 1, dry_run: true }),
    ({ counts }) => counts['stored'] === 1,
  );
  const seen: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await scene.replay({ filter, limit: 4, ...(cursor === undefined ? {} : { cursor }) });
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.next_cursor;
  }
  expect(new Set(seen).size).toBe(6);
  expect(seen).toHaveLength(6);
  expect(await scene.query('SELECT count(*)::int AS n FROM traces WHERE id = ANY($1)', [traces])).toEqual([
    { n: 6 },
  ]);
  expect(await scene.replay({ filter: { project_id: NIL_UUID }, dry_run: true })).toMatchObject({
    items: expect.not.arrayContaining([
      expect.objectContaining({ id: `${NIL_UUID}.${entries[6] ?? ''}.-1` }),
    ]) as unknown,
  });
  const ended = `${NIL_UUID}.${entries[6] ?? ''}.-1`;
  for (const dry_run of [true, false]) {
    const byId = await scene.replay({ ids: [ended], dry_run });
    expect(byId).toMatchObject({
      counts: { skipped: 1 },
      items: [{ id: ended, outcome: 'skipped', reason: 'crash_loop', events_stored: 0, events_refused: 0 }],
    });
    expect(byId.items[0]?.detail).toContain('filter');
  }
  const byName = await scene.replay({ filter: { project_id: NIL_UUID, reason: 'crash_loop' } });
  expect(byName).toMatchObject({ counts: { stored: 1 }, next_cursor: null, remaining: 0 });
  expect((await scene.replay({ ids: [ended] })).counts).toEqual({ already_replayed: 1 });
});

test('who replayed what is listed, newest first', async () => {
  const gone = `${randomUUID()}.1-0.-1`;
  const dry = await scene.replay({ ids: [gone], dry_run: true });
  expect(dry.counts).toEqual({ not_found: 1 });
  const real = await scene.replay({ filter: { reason: 'nothing_like_it' } });
  const records = itemsOf<object>(await scene.person.get('/dead-letters/replays?limit=2'));
  expect(records).toMatchObject([
    {
      id: real.replay_id,
      by: 'admin@example.com',
      dry_run: false,
      selection: { filter: { reason: 'nothing_like_it' } },
      counts: {},
    },
    { id: dry.replay_id, dry_run: true, selection: { ids: [gone] }, counts: { not_found: 1 } },
  ]);
});

test('one, some and all that match are deleted', async () => {
  const project = await scene.createProject();
  const entry = await scene.addBatch(project.id, [
    badJson(),
    badJson(),
    badJson(),
    badJson(),
    badType,
    badType,
  ]);
  await scene.letterOf(entry, 5);
  const own = itemsOf<Letter>(await scene.person.get(`/dead-letters?project_id=${project.id}`));
  expect(own).toHaveLength(6);
  const [first = '', second = '', third = ''] = own
    .filter((l) => l.reason === 'invalid_json')
    .map(({ id }) => id);
  expect((await scene.person.delete(`/dead-letters/${first}`)).status).toBe(200);
  expect((await scene.person.delete(`/dead-letters/${first}`)).status).toBe(404);
  const some = await scene.person.post('/dead-letters/delete', { ids: [first, second, third] });
  expect(some.body).toEqual({ deleted: 2, remaining: 0 });
  const filter = { project_id: project.id, reason: 'unknown_event_type' };
  const one = await scene.person.post('/dead-letters/delete', { filter, limit: 1 });
  expect(one.body).toEqual({ deleted: 1, remaining: 1 });
  const rest = await scene.person.post('/dead-letters/delete', { filter: { project_id: project.id } });
  expect(rest.body).toEqual({ deleted: 2, remaining: 0 });
  expect(itemsOf(await scene.person.get(`/dead-letters?project_id=${project.id}`))).toEqual([]);
  expect(itemsOf(await reader.get('/dead-letters'))).toHaveLength(3);
});
