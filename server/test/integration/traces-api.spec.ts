import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiClient, createProject, field } from '../harness/api-client.ts';
import { eventually } from '../harness/eventually.ts';
import { type AppInProcess, startInProcess } from './app-in-process.ts';

let studio: AppInProcess;
let person: ApiClient;
let project: { id: string; apiKey: string };
let program: ApiClient;

beforeAll(async () => {
  studio = await startInProcess({ STUDIO_ROLES: 'api,consumer' });
  person = await ApiClient.signedIn(studio.url);
  project = await createProject(person);
  program = ApiClient.withKey(studio.url, project.apiKey);
});
afterAll(() => studio.close());

/** What the client cannot send: own bodies and headers. */
function raw(
  method: string,
  path: string,
  init: { body?: string | Buffer; headers?: Record<string, string> } = {},
): Promise<Response> {
  const headers = { 'x-api-key': project.apiKey, 'content-type': 'application/json', ...init.headers };
  if (init.body === undefined) Reflect.deleteProperty(headers, 'content-type');
  return fetch(`${studio.url}/api/v1${path}`, {
    method,
    headers,
    ...(init.body === undefined ? {} : { body: init.body }),
  });
}

async function items(path: string, client: ApiClient = program): Promise<Record<string, unknown>[]> {
  const { status, body } = await client.get(path);
  expect(status).toBe(200);
  return (body as { items: Record<string, unknown>[] }).items;
}

async function postAndWait(path: string, body: object, method = 'POST'): Promise<Record<string, unknown>> {
  const answer = await raw(method, path, { body: JSON.stringify(body), headers: { prefer: 'wait=10' } });
  expect(answer.status).toBe(method === 'POST' ? 201 : 200);
  expect(answer.headers.get('preference-applied')).toBe('wait=10');
  return (await answer.json()) as Record<string, unknown>;
}

describe('HTTP ingest', () => {
  test('a trace with its steps, sent over HTTP, is read back as it was sent', async () => {
    const { id } = await postAndWait('/traces', {
      name: 'run',
      user_id: 'u/1',
      input: { q: 1 },
      tags: ['a'],
      timestamp: '2026-01-02T03:04:05.000006',
    });
    const trace = String(id);
    const step = await postAndWait('/observations', {
      trace_id: trace,
      name: 'llm',
      type: 'GENERATION',
      input: [1],
      start_time: '2026-01-02T03:04:06Z',
    });
    await postAndWait(
      `/observations/${String(step['id'])}`,
      { trace_id: trace, output: 'x', usage: { input: 7 }, end_time: '2026-01-02T03:04:07.5Z' },
      'PATCH',
    );
    await postAndWait(`/traces/${trace}`, { output: { a: 1 }, end_time: '2026-01-02T03:04:08Z' }, 'PATCH');
    const answer = await eventually(
      () => program.get(`/traces/${trace}`),
      ({ body }) => field(body, 'status') === 'ok',
    );
    expect(answer.body).toMatchObject({
      id: trace,
      project_id: project.id,
      name: 'run',
      user_id: 'u/1',
      tags: ['a'],
      level: 'DEFAULT',
      start_time: '2026-01-02T03:04:05.000006Z',
      end_time: '2026-01-02T03:04:08.000Z',
      end_time_inferred: false,
      duration_ms: 2999.994,
      observation_count: 1,
      error_count: 0,
      instance_id: null,
      payloads: [
        { kind: 'input', bytes: 7 },
        { kind: 'output', bytes: 7 },
      ],
    });
    expect(await items(`/observations?trace_id=${trace}`)).toEqual([
      expect.objectContaining({
        id: step['id'],
        trace_id: trace,
        type: 'GENERATION',
        status: 'ok',
        duration_ms: 1500,
        usage: { input: 7 },
        payloads: [
          { kind: 'input', bytes: 3 },
          { kind: 'output', bytes: 3 },
        ],
      }),
    ]);
  });

  test('an observation may come before its trace, ids may be any text, and unknown fields are ignored', async () => {
    await postAndWait('/observations', { id: 'step/1', trace_id: 'chat 42', name: 'early', surprise: true });
    await postAndWait('/traces', { id: 'chat 42', name: 'late', user_id: null });
    const answer = await program.get(`/traces/${encodeURIComponent('chat 42')}`);
    expect(answer.body).toMatchObject({ name: 'late', original_id: 'chat 42', user_id: null });
    expect(await items(`/observations?trace_id=${field(answer.body, 'id')}`)).toEqual([
      expect.objectContaining({ original_id: 'step/1' }),
    ]);
  });

  test('payloads keep big numbers, key order and hostile keys', async () => {
    const text = '{"b": 12345678901234567890, "a": 1.10, "__proto__": {"x": 1}, "n": "\\u0000"}';
    const id = randomUUID();
    const posted = await raw('POST', '/traces', {
      body: `{"name":"big","id":"${id}","input":${text}}`,
      headers: { prefer: 'wait=10' },
    });
    expect(posted.status).toBe(201);
    const payload = await raw('GET', `/traces/${id}/payloads/input`);
    expect(payload.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await payload.text()).toBe(text);
  });

  test('a failed step reported by PATCH is an error', async () => {
    const trace = randomUUID();
    await postAndWait('/observations', { id: 's', trace_id: trace, name: 'tool', type: 'TOOL' });
    await postAndWait(
      '/observations/s',
      { trace_id: trace, error: { message: 'boom' }, end_time: new Date().toISOString() },
      'PATCH',
    );
    expect(await items(`/observations?trace_id=${trace}`)).toEqual([
      expect.objectContaining({ status: 'error', level: 'ERROR' }),
    ]);
  });

  test.each([
    ['/traces', {}, 'name'],
    ['/traces', { name: 1 }, 'name'],
    ['/traces', { name: 'x', id: 'a\nb' }, 'id'],
    ['/traces', { name: 'x', timestamp: 'yesterday' }, 'timestamp'],
    ['/traces', { name: 'x', project_id: 'nope' }, 'project_id'],
    ['/observations', { name: 'x' }, 'trace_id'],
    ['/observations', { name: 'x', trace_id: 't', type: 'BANANA' }, 'type'],
    ['/observations', { name: 'x', trace_id: 't', usage: 7 }, 'usage'],
  ])('POST %s %j is refused at once, naming %s', async (path, body, name) => {
    const answer = await program.post(path, body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ errors: [expect.objectContaining({ field: name })] });
  });

  test.each([
    ['no JSON', '{"name":', 400],
    ['not UTF-8', Buffer.from([0x7b, 0x22, 0x6e, 0x61, 0x6d, 0x65, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]), 400],
    ['nested too deep', `{"name":"x","input":${'['.repeat(3000)}${']'.repeat(3000)}}`, 400],
    ['over 8 MB', JSON.stringify({ name: 'x', input: 'y'.repeat(9 << 20) }), 413],
  ])('a body that is %s is refused, naming the body', async (_, body, status) => {
    const answer = await raw('POST', '/traces', { body });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    if (status === 400)
      expect(await answer.json()).toMatchObject({ errors: [expect.objectContaining({ field: 'body' })] });
  });

  test('a key of another project, a foreign project and a missing scope are refused', async () => {
    const other = await createProject(person, 'Other');
    const foreign = await program.post('/traces', { name: 'x', project_id: other.id });
    expect(foreign).toMatchObject({ status: 404, body: { detail: 'Project not found' } });
    const id = randomUUID();
    await postAndWait('/traces', { id, name: 'mine' });
    expect(await ApiClient.withKey(studio.url, other.apiKey).get(`/traces/${id}`)).toMatchObject({
      status: 404,
      body: { detail: 'Trace not found' },
    });
    const key = await person.post(`/projects/${project.id}/keys`, { name: 'r', scopes: ['read'] });
    const reader = ApiClient.withKey(studio.url, field(key.body, 'secret'));
    expect(await reader.post('/traces', { name: 'x' })).toMatchObject({ status: 403 });
    expect((await reader.get(`/traces/${id}`)).status).toBe(200);
    expect(await ApiClient.withKey(studio.url, 'sws_wrong').post('/traces', { name: 'x' })).toMatchObject({
      status: 401,
      body: { detail: 'Invalid API key' },
    });
  });
});

describe('reading traces', () => {
  let own: { id: string; apiKey: string };
  let reader: ApiClient;
  const users = [
    '1aac01a8-a985-4cd1-aad6-7e12b25da1bc',
    'external-swisper-user-12345',
    'a.b+c@example.com',
    'x/y?z&w=#',
  ];
  const ids = users.map(() => randomUUID());

  beforeAll(async () => {
    own = await createProject(person, 'Reading');
    reader = ApiClient.withKey(studio.url, own.apiKey);
    for (const [index, user_id] of users.entries()) {
      await reader.post('/traces', {
        id: ids[index],
        name: `name ${String(index % 2)}`,
        user_id,
        session_id: `s${String(index)}`,
        tags: [`t${String(index)}`, 'all'],
        environment: 'test',
        version: `1.${String(index)}`,
        timestamp: `2026-03-0${String(index + 1)}T00:00:00Z`,
        ...(index === 0 ? {} : { end_time: `2026-03-0${String(index + 1)}T00:00:0${String(index)}Z` }),
        ...(index === 3 ? { level: 'ERROR' } : {}),
      });
    }
    await eventually(
      () => items('/traces', reader),
      (rows) => rows.filter(({ status }) => status !== 'running').length === 3,
    );
  });

  test.each([
    ...users.map((user, index) => [{ user_id: user }, [index]] as const),
    [{ session_id: 's2' }, [2]],
    [{ name: 'name 1' }, [3, 1]],
    [{ status: 'error' }, [3]],
    [{ status: 'ok' }, [2, 1]],
    [{ status: 'running' }, [0]],
    [{ level: 'ERROR' }, [3]],
    [{ version: '1.1' }, [1]],
    [{ tag: 't2' }, [2]],
    [{ tag: 'all' }, [3, 2, 1, 0]],
    [{ environment: 'test', user_id: 'nobody' }, []],
    [{ from: '2026-03-02T00:00:00Z', to: '2026-03-04' }, [2, 1]],
    [{ min_duration_ms: '2000' }, [3, 2]],
    [{ user_id: 'nul\0' }, []],
  ] as [Record<string, string>, number[]][])('filter %j', async (filter, expected) => {
    const rows = await items(`/traces?${new URLSearchParams(filter).toString()}`, reader);
    expect(rows.map(({ id }) => ids.indexOf(String(id)))).toEqual(expected);
  });

  test('pages follow each other without gaps or repeats', async () => {
    const seen: unknown[] = [];
    let cursor = '';
    do {
      const { body } = await reader.get(`/traces?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`);
      const page = body as { items: { id: string }[]; next_cursor: string | null };
      seen.push(...page.items.map(({ id }) => ids.indexOf(id)));
      cursor = page.next_cursor ?? '';
    } while (cursor !== '');
    expect(seen).toEqual([3, 2, 1, 0]);
  });

  test('a person names the project; bad parameters are named', async () => {
    expect((await person.get(`/traces?project_id=${own.id}`)).status).toBe(200);
    for (const [query, name] of [
      ['', 'project_id'],
      ['project_id=x', 'project_id'],
      [`project_id=${own.id}&limit=0`, 'limit'],
      [`project_id=${own.id}&status=odd`, 'status'],
      [`project_id=${own.id}&cursor=zzz`, 'cursor'],
      [`project_id=${own.id}&userid=u`, 'userid'],
    ]) {
      const answer = await person.get(`/traces?${query ?? ''}`);
      expect(answer).toMatchObject({
        status: 400,
        body: { errors: [expect.objectContaining({ field: name })] },
      });
    }
    expect(await person.get(`/traces?project_id=${randomUUID()}`)).toMatchObject({
      status: 404,
      body: { detail: 'Project not found' },
    });
    expect(await person.get(`/observations?project_id=${own.id}&trace_id=unknown`)).toMatchObject({
      status: 404,
      body: { detail: 'Trace not found' },
    });
  });
});

describe('payloads', () => {
  const id = randomUUID();
  const text = JSON.stringify({ text: 'äöü😀'.repeat(50) });
  const path = `/traces/${id}/observations/step/payloads/output`;
  beforeAll(() =>
    postAndWait('/observations', {
      id: 'step',
      trace_id: id,
      name: 'n',
      output: JSON.parse(text) as unknown,
    }),
  );

  test('come whole with an ETag, and not again', async () => {
    const whole = await raw('GET', path);
    expect(whole.status).toBe(200);
    expect(await whole.text()).toBe(text);
    const etag = whole.headers.get('etag') ?? '';
    const again = await raw('GET', path, { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
  });

  test.each([
    ['bytes=0-9', 206, 0, 10],
    ['bytes=7-', 206, 7, undefined],
    ['bytes=-5', 206, -5, undefined],
    ['bytes=0-0,5-6', 200, 0, undefined],
    ['lines=1-2', 200, 0, undefined],
  ])('%s gives %i', async (range, status, from, to) => {
    const answer = await raw('GET', path, { headers: { range, 'accept-encoding': 'gzip' } });
    expect(answer.status).toBe(status);
    const expected = Buffer.from(text).subarray(from < 0 ? Buffer.byteLength(text) + from : from, to);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(expected);
    if (status === 206)
      expect(answer.headers.get('content-range')).toMatch(new RegExp(`/${String(Buffer.byteLength(text))}$`));
  });

  test('a range beyond the end is 416; a changed payload is sent whole', async () => {
    expect((await raw('GET', path, { headers: { range: 'bytes=999999-' } })).status).toBe(416);
    const changed = await raw('GET', path, { headers: { range: 'bytes=0-1', 'if-range': '"other"' } });
    expect(changed.status).toBe(200);
  });

  test('what is not there is not found', async () => {
    for (const missing of ['input', 'nonsense']) {
      expect((await raw('GET', path.replace('output', missing))).status).toBe(404);
    }
  });
});

test('metrics tell an idle pipeline is healthy', async () => {
  const { body } = await eventually(
    () => program.get('/observability/metrics'),
    (answer) => JSON.stringify(answer.body).includes('"stream_length":0'),
  );
  expect(body).toMatchObject({
    stream_length: 0,
    status: 'healthy',
    backlog_events: 0,
    oldest_waiting_seconds: null,
    consumer_groups: [expect.objectContaining({ name: 'swisper_studio_consumers', pending: 0 })],
  });
});

test('a stored event is a sign of life of its sender', async () => {
  const { body } = await eventually(
    () => program.get('/projects/connection-status'),
    (answer) => JSON.stringify(answer.body).includes('"connected"'),
  );
  expect(body).toMatchObject([
    { project_id: project.id, instances: [expect.objectContaining({ instance_id: 'default' })] },
  ]);
});
