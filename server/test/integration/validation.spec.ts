import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { type AppInProcess, startInProcess } from './app-in-process.ts';

let studio: AppInProcess;
let person: ApiClient;
let program: ApiClient;
let projectId: string;
let apiKey: string;

beforeAll(async () => {
  studio = await startInProcess();
  person = await ApiClient.signedIn(studio.url);
  const project = await createProject(person);
  projectId = project.id;
  apiKey = project.apiKey;
  program = ApiClient.withKey(studio.url, project.apiKey);
});
afterAll(() => studio.close());

const beat = (change: object) => ({
  project_id: projectId,
  status: 'connected',
  timestamp: '2026-01-15T12:00:00',
  ...change,
});

describe('a console request is refused with the field named', () => {
  test.each<[string, object]>([
    ['name', {}],
    ['name', { name: '' }],
    ['name', { name: 'x'.repeat(101) }],
    ['name', { name: 5 }],
    ['name', { name: 'nul\u0000' }],
    ['name', { name: 'half \ud800' }],
    ['time_zone', { name: 'x', time_zone: 'Mars/Olympus' }],
    ['description', { name: 'x', description: ['a'] }],
    ['admin', { name: 'x', admin: true }],
    ['__proto__x', { name: 'x', __proto__x: 1 }],
  ])('%s of a new project: %j', async (field, body) => {
    expect(await person.post('/projects', body)).toMatchObject({
      status: 400,
      body: { errors: [{ field }] },
    });
  });

  test.each<[string, object]>([
    ['name', { name: null }],
    ['require_signature', { require_signature: 'yes' }],
    ['retention_days', { retention_days: 0 }],
    ['retention_days', { retention_days: 3_651 }],
    ['retention_days', { retention_days: 1.5 }],
    ['retention_days', { retention_days: '30' }],
    ['tracing_enabled', { tracing_enabled: false }],
  ])('%s of a project\u2019s change: %j', async (field, body) => {
    expect(await person.patch(`/projects/${projectId}`, body)).toMatchObject({
      status: 400,
      body: { errors: [{ field }] },
    });
  });

  test.each<[string, object]>([
    ['scopes', { name: 'x' }],
    ['scopes', { name: 'x', scopes: [] }],
    ['scopes', { name: 'x', scopes: ['admin'] }],
    ['scopes', { name: 'x', scopes: ['read', 'read'] }],
    ['expires_at', { name: 'x', scopes: ['read'], expires_at: 'tomorrow' }],
  ])('%s of a new key: %j', async (field, body) => {
    expect(await person.post(`/projects/${projectId}/keys`, body)).toMatchObject({
      status: 400,
      body: { errors: [{ field }] },
    });
  });

  test.each<[string, object]>([
    ['none', {}],
    ['an empty list', { scopes: [] }],
    ['a text', { scopes: 'read' }],
    ['unknown ones', { scopes: ['read', 'all'] }],
  ])('a new key\u2019s scopes that are %s, with those there are', async (_, body) => {
    const message = 'scopes must be a list of one or more of ingest, read, tracing';
    expect(await person.post(`/projects/${projectId}/keys`, { name: 'x', ...body })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'scopes', message }] },
    });
  });

  test.each<[string, object]>([
    ['tracing_enabled', {}],
    ['tracing_enabled', { tracing_enabled: 'false' }],
    ['reason', { tracing_enabled: false, reason: 'x'.repeat(501) }],
  ])('%s of the switch: %j', async (field, body) => {
    const answer = await person.patch(`/projects/${projectId}/tracing`, body);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field }] } });
  });

  test.each([
    ['limit', '?limit=0'],
    ['limit', '?limit=201'],
    ['limit', '?limit=ten'],
    ['cursor', '?cursor=nonsense'],
    ['sort', '?sort=name'],
  ])('%s of a list: %s', async (field, query) => {
    expect(await person.get(`/projects${query}`)).toMatchObject({
      status: 400,
      body: { errors: [{ field }] },
    });
  });
});

describe('an SDK request', () => {
  test('may have fields this version does not know', async () => {
    expect((await program.post('/projects/heartbeat', beat({ from_the_future: { a: 1 } }))).status).toBe(200);
  });

  test.each<[string, object]>([
    ['project_id', { project_id: 'not-a-uuid' }],
    ['project_id', { project_id: 7 }],
    ['project_id', { project_id: undefined }],
    ['status', { status: undefined }],
    ['timestamp', { timestamp: 'yesterday' }],
    ['instance_id', { instance_id: 'x'.repeat(201) }],
    ['interval_seconds', { interval_seconds: 0 }],
    ['beat_no', { beat_no: -1 }],
    ['counters', { counters: 'many' }],
    ['environment', { environment: 'nul\u0000' }],
  ])('is refused with the field %s named: %j', async (field, change) => {
    const answer = await program.post('/projects/heartbeat', beat(change));
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field }] } });
  });
});

test.each(['x', '123', 'g'.repeat(36), '%00'])(
  'a bad project id in a path is 400 and named: %s',
  async (id) => {
    expect(await person.get(`/projects/${id}`)).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'project_id' }] },
    });
  },
);

test.each([
  ['{"name": "x"', 'body'],
  ['', 'body'],
  ['[]', 'body'],
  ['"text"', 'body'],
  ['null', 'name'],
])('a body that is no JSON object is 400 and named: %p', async (body, field) => {
  const cookie = (
    await ApiClient.anonymous(studio.url).post('/auth/login', {
      email: 'admin@example.com',
      password: 'correct-horse-battery',
    })
  ).headers
    .getSetCookie()[0]
    ?.split(';')[0];
  const response = await fetch(`${studio.url}/api/v1/projects`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie: cookie ?? '' },
    body,
  });
  expect(response.status).toBe(400);
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  expect(await response.json()).toMatchObject({ title: 'Bad Request', errors: [{ field }] });
});

test('a body larger than a form needs is 413', async () => {
  const answer = await program.post('/projects/heartbeat', beat({ host: 'x'.repeat(300_000) }));
  expect(answer).toMatchObject({ status: 413, body: { status: 413 } });
});

describe('what looks like a valid time or place in a list, and the database would refuse', () => {
  test.each(['2026-W50', '2026-123', '20261121T040000Z', '0000-01-01T00:00:00Z'])(
    '%s as the start of a process',
    async (started_at) => {
      const answer = await program.post('/projects/heartbeat', beat({ started_at }));
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'started_at' }] } });
    },
  );

  test.each(['2999-W50', '2999-123', '9999-12-31T23:59:59-12:00'])(
    '%s as the end of a key',
    async (expires_at) => {
      const body = { name: 'k', scopes: ['read'], expires_at };
      const answer = await person.post(`/projects/${projectId}/keys`, body);
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'expires_at' }] } });
    },
  );

  test('cursors made by hand are refused or mean what they say', async () => {
    const cursor = (key: readonly string[]) => Buffer.from(JSON.stringify(key)).toString('base64url');
    for (const forged of ['x', '\0']) {
      const answer = await person.get(`/projects?cursor=${cursor([forged])}`);
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'cursor' }] } });
    }
    for (const time of ['2026-01-01T10:00:00,5Z', '2026-01-01T10:00:00+23:00']) {
      expect((await program.get(`/traces?cursor=${cursor([time, projectId])}`)).status).toBe(200);
    }
  });
});

describe('a body that nests deeper than any stack is refused with the field named', () => {
  const deep = (field: string, given: object): string => {
    const text = JSON.stringify({ ...given, [field]: 0 });
    const levels = 100_000;
    return text.replace(`"${field}":0`, `"${field}":{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`);
  };
  const post = (path: string, body: string, headers: Record<string, string>) =>
    fetch(`${studio.url}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: studio.url, ...headers },
      body,
    });

  test.each(['counters', 'host', 'from_the_future'])('%s of a heartbeat', async (field) => {
    const answer = await post('/projects/heartbeat', deep(field, beat({})), { 'x-api-key': apiKey });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      errors: [{ field, message: `${field} must not nest deeper than 64 levels` }],
    });
  });

  test.each(['email', 'password', 'other'])('%s of a login', async (field) => {
    const given = { email: 'a@example.com', password: 'x'.repeat(20) };
    const answer = await post('/auth/login', deep(field, given), {});
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ errors: [{ field }] });
  });

  test('64 levels are taken', async () => {
    const nested = (levels: number): unknown => (levels === 1 ? [] : [nested(levels - 1)]);
    expect((await program.post('/projects/heartbeat', beat({ counters: { a: nested(62) } }))).status).toBe(
      200,
    );
    expect((await program.post('/projects/heartbeat', beat({ counters: { a: nested(63) } }))).status).toBe(
      400,
    );
  });
});
