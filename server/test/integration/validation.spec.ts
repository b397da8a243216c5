import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { type AppInProcess, startInProcess } from './app-in-process.ts';

let studio: AppInProcess;
let person: ApiClient;
let program: ApiClient;
let projectId: string;

beforeAll(async () => {
  studio = await startInProcess();
  person = await ApiClient.signedIn(studio.url);
  const project = await createProject(person);
  projectId = project.id;
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
