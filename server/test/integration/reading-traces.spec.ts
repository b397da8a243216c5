import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { eventually } from '../harness/eventually.ts';
import { TracesScene } from './traces-scene.ts';

let scene: TracesScene;
beforeAll(async () => {
  scene = await TracesScene.start();
});
afterAll(() => scene.studio.close());

describe('reading traces', () => {
  let own: { id: string; apiKey: string };
  let reader: ApiClient;
  const users = [
    '1aac01a8-a985-4cd1-aad6-7e12b25da1bc',
    'external-swisper-user-12345',
    'a.b+c@example.com',
    'x/y?z&w=#',
  ];
  const ids: string[] = users.map(() => randomUUID());

  beforeAll(async () => {
    own = await createProject(scene.person, 'Reading');
    reader = ApiClient.withKey(scene.studio.url, own.apiKey);
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
      () => scene.items('/traces', reader),
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
    const rows = await scene.items(`/traces?${new URLSearchParams(filter).toString()}`, reader);
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
    expect((await scene.person.get(`/traces?project_id=${own.id}`)).status).toBe(200);
    for (const [query, name] of [
      ['', 'project_id'],
      ['project_id=x', 'project_id'],
      [`project_id=${own.id}&limit=0`, 'limit'],
      [`project_id=${own.id}&status=odd`, 'status'],
      [`project_id=${own.id}&cursor=zzz`, 'cursor'],
      [`project_id=${own.id}&userid=u`, 'userid'],
    ]) {
      const answer = await scene.person.get(`/traces?${query ?? ''}`);
      expect(answer).toMatchObject({
        status: 400,
        body: { errors: [expect.objectContaining({ field: name })] },
      });
    }
    expect(await scene.person.get(`/traces?project_id=${randomUUID()}`)).toMatchObject({
      status: 404,
      body: { detail: 'Project not found' },
    });
    expect(await scene.person.get(`/observations?project_id=${own.id}&trace_id=unknown`)).toMatchObject({
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
    scene.send('POST', '/observations', {
      id: 'step',
      trace_id: id,
      name: 'n',
      output: JSON.parse(text) as unknown,
    }),
  );

  test('come whole with an ETag, and not again', async () => {
    const whole = await scene.raw('GET', path);
    expect(whole.status).toBe(200);
    expect(await whole.text()).toBe(text);
    const etag = whole.headers.get('etag') ?? '';
    const again = await scene.raw('GET', path, { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
  });

  test.each([
    ['bytes=0-9', 206, 0, 10],
    ['bytes=7-', 206, 7, undefined],
    ['bytes=-5', 206, -5, undefined],
    ['bytes=0-0,5-6', 200, 0, undefined],
    ['lines=1-2', 200, 0, undefined],
  ])('%s gives %i', async (range, status, from, to) => {
    const answer = await scene.raw('GET', path, { headers: { range, 'accept-encoding': 'gzip' } });
    expect(answer.status).toBe(status);
    const expected = Buffer.from(text).subarray(from < 0 ? Buffer.byteLength(text) + from : from, to);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(expected);
    if (status === 206)
      expect(answer.headers.get('content-range')).toMatch(new RegExp(`/${String(Buffer.byteLength(text))}$`));
  });

  test('a range beyond the end is 416; a changed payload is sent whole', async () => {
    expect((await scene.raw('GET', path, { headers: { range: 'bytes=999999-' } })).status).toBe(416);
    const changed = await scene.raw('GET', path, { headers: { range: 'bytes=0-1', 'if-range': '"other"' } });
    expect(changed.status).toBe(200);
  });

  test('what is not there is not found', async () => {
    for (const missing of ['input', 'nonsense']) {
      expect((await scene.raw('GET', path.replace('output', missing))).status).toBe(404);
    }
  });
});

test('metrics tell an idle pipeline is healthy', async () => {
  const { body } = await eventually(
    () => scene.program.get('/observability/metrics'),
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
    () => scene.program.get('/projects/connection-status'),
    (answer) => JSON.stringify(answer.body).includes('"connected"'),
  );
  expect(body).toMatchObject([
    { project_id: scene.project.id, instances: [expect.objectContaining({ instance_id: 'default' })] },
  ]);
});
