import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiClient, createProject, field } from '../harness/api-client.ts';
import { eventually } from '../harness/eventually.ts';
import { TracesScene } from './traces-scene.ts';

let scene: TracesScene;
beforeAll(async () => {
  scene = await TracesScene.start();
});
afterAll(() => scene.studio.close());

describe('HTTP ingest', () => {
  test('an end that is sent as null is no end', async () => {
    await scene.send('POST', '/observations', {
      id: 'open',
      trace_id: 'with-nulls',
      name: 'step',
      start_time: null,
      end_time: null,
      level: null,
    });
    expect(await scene.items('/observations?trace_id=with-nulls')).toMatchObject([
      { original_id: 'open', status: 'running', end_time: null },
    ]);
  });

  test('a trace with its steps, sent over HTTP, is read back as it was sent', async () => {
    const { id } = await scene.send('POST', '/traces', {
      name: 'run',
      user_id: 'u/1',
      input: { q: 1 },
      tags: ['a'],
      timestamp: '2026-01-02T03:04:05.000006',
    });
    const trace = String(id);
    const step = await scene.send('POST', '/observations', {
      trace_id: trace,
      name: 'llm',
      type: 'GENERATION',
      input: [1],
      start_time: '2026-01-02T03:04:06Z',
    });
    await scene.send('PATCH', `/observations/${String(step['id'])}`, {
      trace_id: trace,
      output: 'x',
      usage: { input: 7 },
      end_time: '2026-01-02T03:04:07.5Z',
    });
    await scene.send('PATCH', `/traces/${trace}`, { output: { a: 1 }, end_time: '2026-01-02T03:04:08Z' });
    const answer = await eventually(
      () => scene.program.get(`/traces/${trace}`),
      ({ body }) => field(body, 'status') === 'ok',
    );
    expect(answer.body).toMatchObject({
      id: trace,
      project_id: scene.project.id,
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
    expect(await scene.items(`/observations?trace_id=${trace}`)).toEqual([
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
    await scene.send('POST', '/observations', {
      id: 'step/1',
      trace_id: 'chat 42',
      name: 'early',
      surprise: true,
    });
    await scene.send('POST', '/traces', { id: 'chat 42', name: 'late', user_id: null });
    const answer = await scene.program.get(`/traces/${encodeURIComponent('chat 42')}`);
    expect(answer.body).toMatchObject({ name: 'late', original_id: 'chat 42', user_id: null });
    expect(await scene.items(`/observations?trace_id=${field(answer.body, 'id')}`)).toEqual([
      expect.objectContaining({ original_id: 'step/1' }),
    ]);
  });

  test('payloads keep big numbers, key order and hostile keys', async () => {
    const text = '{"b": 12345678901234567890, "a": 1.10, "__proto__": {"x": 1}, "n": "\\u0000"}';
    const id = randomUUID();
    const posted = await scene.raw('POST', '/traces', {
      body: `{"name":"big","id":"${id}","input":${text}}`,
      headers: { prefer: 'wait=10' },
    });
    expect(posted.status).toBe(201);
    await scene.stored(posted);
    const payload = await scene.raw('GET', `/traces/${id}/payloads/input`);
    expect(payload.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await payload.text()).toBe(text);
  });

  test('a failed step reported by PATCH is an error', async () => {
    const trace = randomUUID();
    await scene.send('POST', '/observations', { id: 's', trace_id: trace, name: 'tool', type: 'TOOL' });
    await scene.send('PATCH', '/observations/s', {
      trace_id: trace,
      error: { message: 'boom' },
      end_time: new Date().toISOString(),
    });
    expect(await scene.items(`/observations?trace_id=${trace}`)).toEqual([
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
    const answer = await scene.program.post(path, body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ errors: [expect.objectContaining({ field: name })] });
  });

  test.each([
    ['no JSON', '{"name":', 400],
    ['not UTF-8', Buffer.from([0x7b, 0x22, 0x6e, 0x61, 0x6d, 0x65, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]), 400],
    ['nested too deep', `{"name":"x","input":${'['.repeat(3000)}${']'.repeat(3000)}}`, 400],
    ['over 8 MB', JSON.stringify({ name: 'x', input: 'y'.repeat(9 << 20) }), 413],
  ])('a body that is %s is refused, naming the body', async (_, body, status) => {
    const answer = await scene.raw('POST', '/traces', { body });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    if (status === 400)
      expect(await answer.json()).toMatchObject({ errors: [expect.objectContaining({ field: 'body' })] });
  });

  test('a key of another project, a foreign project and a missing scope are refused', async () => {
    const other = await createProject(scene.person, 'Other');
    const foreign = await scene.program.post('/traces', { name: 'x', project_id: other.id });
    expect(foreign).toMatchObject({ status: 404, body: { detail: 'Project not found' } });
    const id = randomUUID();
    await scene.send('POST', '/traces', { id, name: 'mine' });
    expect(await ApiClient.withKey(scene.studio.url, other.apiKey).get(`/traces/${id}`)).toMatchObject({
      status: 404,
      body: { detail: 'Trace not found' },
    });
    const key = await scene.person.post(`/projects/${scene.project.id}/keys`, {
      name: 'r',
      scopes: ['read'],
    });
    const reader = ApiClient.withKey(scene.studio.url, field(key.body, 'secret'));
    expect(await reader.post('/traces', { name: 'x' })).toMatchObject({ status: 403 });
    expect((await reader.get(`/traces/${id}`)).status).toBe(200);
    expect(
      await ApiClient.withKey(scene.studio.url, 'sws_wrong').post('/traces', { name: 'x' }),
    ).toMatchObject({
      status: 401,
      body: { detail: 'Invalid API key' },
    });
  });
});
