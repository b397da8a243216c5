import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiClient, createProject, field } from '../harness/api-client.ts';
import { TracesScene } from './traces-scene.ts';

let scene: TracesScene;
beforeAll(async () => {
  scene = await TracesScene.start();
});
afterAll(() => scene.studio.close());

const now = (): string => new Date().toISOString();
const traceStart = (traceId: string, more: object = {}) => ({
  event_type: 'trace_start',
  trace_id: traceId,
  name: 'run',
  timestamp: now(),
  ...more,
});
const step = (traceId: string, more: object = {}) => ({
  event_type: 'observation',
  trace_id: traceId,
  observation_id: randomUUID(),
  name: 'step',
  type: 'SPAN',
  start_time: now(),
  end_time: now(),
  ...more,
});
const body = (events: readonly unknown[], more: object = {}) => ({
  instance_id: `process-${randomUUID()}`,
  seq: 1,
  n: events.length,
  counters: { accepted: events.length, merged: 0, dropped: {}, config_version: 1 },
  events,
  ...more,
});

/** Posts and waits for the commit. */
async function post(content: object | string): Promise<{ status: number; answer: unknown }> {
  const response = await scene.raw('POST', '/events', {
    body: typeof content === 'string' ? content : JSON.stringify(content),
    headers: { prefer: 'wait=10' },
  });
  if (response.status === 200) await scene.stored(response);
  return { status: response.status, answer: await response.json() };
}

async function deadLetters(): Promise<Record<string, unknown>[]> {
  return scene.studio.database.query<Record<string, unknown>[]>(
    'SELECT event_index, reason FROM dead_letters WHERE project_id = $1 ORDER BY entry_id, event_index',
    [scene.project.id],
  );
}

describe('POST /events', () => {
  test('takes events of one process and stores them as its own', async () => {
    const [trace, instance] = [randomUUID(), `process-${randomUUID()}`];
    const events = [
      traceStart(trace, { input: { q: 1 } }),
      step(trace),
      { event_type: 'trace_end', trace_id: trace },
    ];
    const { status, answer } = await post(body(events, { instance_id: instance, surprise: true }));
    expect([status, answer]).toEqual([
      200,
      {
        status: 'accepted',
        project_id: scene.project.id,
        accepted: 3,
        rejected: [],
        config_version: expect.any(Number),
        tracing_enabled: true,
      },
    ]);
    expect((await scene.program.get(`/traces/${trace}`)).body).toMatchObject({
      name: 'run',
      instance_id: instance,
    });
    expect(await scene.items(`/observations?trace_id=${trace}`)).toHaveLength(1);
  });

  test('payloads keep big numbers, key order and equal keys', async () => {
    const text = '{"b": 12345678901234567890, "a": 1.10, "a": 2, "__proto__": {"x": 1}, "n": "\\u0000"}';
    const trace = randomUUID();
    const start = JSON.stringify(traceStart(trace)).replace(/}$/, `,"input":${text}}`);
    const { status } = await post(`{"events":[${start}],"seq":7,"instance_id":"raw"}`);
    expect(status).toBe(200);
    const payload = await scene.raw('GET', `/traces/${trace}/payloads/input`);
    expect(await payload.text()).toBe(text);
  });

  test('bad events are named and kept as dead letters, their neighbours are stored', async () => {
    const [first, last] = [randomUUID(), randomUUID()];
    const before = (await deadLetters()).length;
    const { answer } = await post(
      body([
        traceStart(first),
        { ...step(first), start_time: 'soon' },
        'no event',
        { ...traceStart(first), input: JSON.parse('['.repeat(65) + ']'.repeat(65)) as unknown },
        { event_type: 'surprise', trace_id: first },
        traceStart(last),
      ]),
    );
    expect(answer).toMatchObject({
      accepted: 2,
      rejected: [
        { index: 1, reason: 'bad_time', detail: expect.stringContaining('start_time') },
        { index: 2, reason: 'unknown_event_type' },
        { index: 3, reason: 'too_deep' },
        { index: 4, reason: 'unknown_event_type' },
      ],
    });
    for (const trace of [first, last]) expect((await scene.program.get(`/traces/${trace}`)).status).toBe(200);
    expect((await deadLetters()).slice(before)).toEqual([
      { event_index: 1, reason: 'bad_time' },
      { event_index: 2, reason: 'unknown_event_type' },
      { event_index: 3, reason: 'too_deep' },
      { event_index: 4, reason: 'unknown_event_type' },
    ]);
  });

  test('with nothing usable in it, it is refused event by event and nothing reaches the stream', async () => {
    const before = (await deadLetters()).length;
    const { status, answer } = await post(
      body([step('t', { start_time: 'soon' }), { event_type: 'trace_start' }]),
    );
    expect([status, answer]).toMatchObject([
      400,
      {
        detail: 'None of the events can be stored',
        errors: [
          { field: 'events.0', message: expect.stringMatching(/^bad_time: /) },
          { field: 'events.1', message: expect.stringMatching(/^bad_id: /) },
        ],
      },
    ]);
    await post(body([traceStart(randomUUID())]));
    expect(await deadLetters()).toHaveLength(before);
  });

  test('the same body again, after a lost answer, is taken again, stored once and counted', async () => {
    const [trace, instance] = [randomUUID(), `process-${randomUUID()}`];
    const events = [traceStart(trace), step(trace), step(trace, { start_time: 'soon' })];
    const content = body(events, { instance_id: instance, seq: 3 });
    const answers = [await post(content), await post(content)];
    expect(answers).toMatchObject(Array(2).fill({ status: 200, answer: { accepted: 2 } }));
    expect(await scene.items(`/observations?trace_id=${trace}`)).toHaveLength(1);
    const account = await scene.studio.database.query<Record<string, unknown>[]>(
      `SELECT sum(received)::int AS received, sum(stored)::int AS stored, sum(duplicate)::int AS duplicate,
         sum((rejected->>'bad_time')::int)::int AS bad_time, min(seen::text) AS seen
       FROM event_accounts JOIN producer_progress USING (project_id, instance_id)
       WHERE project_id = $1 AND instance_id = $2`,
      [scene.project.id, instance],
    );
    expect(account).toEqual([{ received: 6, stored: 2, duplicate: 3, bad_time: 1, seen: '{[3,6)}' }]);
  });

  test('times of a sender whose clock is hours off are corrected by when it says it sent them', async () => {
    const trace = randomUUID();
    const twoHoursAgo = new Date(Date.now() - 7_200_000).toISOString();
    const events = [traceStart(trace, { timestamp: twoHoursAgo })];
    expect((await post(body(events, { sent_at: twoHoursAgo }))).status).toBe(200);
    const { body: stored } = await scene.program.get(`/traces/${trace}`);
    expect(Math.abs(Date.parse(field(stored, 'start_time')) - Date.now())).toBeLessThan(600_000);
    expect(stored).toMatchObject({ marks: ['clock_shifted'] });
  });

  test.each<[string, object, string]>([
    ['no instance', { instance_id: undefined }, 'instance_id'],
    ['an instance with control characters', { instance_id: 'a\nb' }, 'instance_id'],
    ['an instance of the server\u2019s own shape', { instance_id: `http-${randomUUID()}` }, 'instance_id'],
    ['no number', { seq: undefined }, 'seq'],
    ['number 0', { seq: 0 }, 'seq'],
    ['a number beyond all', { seq: 2 ** 53 }, 'seq'],
    ['a count that is wrong', { n: 2 }, 'n'],
    ['counters that are none', { counters: 'many' }, 'counters'],
    ['a time that is none', { sent_at: 'yesterday' }, 'sent_at'],
    ['no events', { events: undefined }, 'events'],
    ['an empty list', { events: [], n: 0 }, 'events'],
    ['events that are no list', { events: {} }, 'events'],
    ['101 events', { events: Array(101).fill(traceStart('t')), n: 101 }, 'events'],
    ['a project that is no id', { project_id: 'mine' }, 'project_id'],
  ])('%s is refused by name', async (_, change, name) => {
    const { status, answer } = await post(body([traceStart('t')], change));
    expect([status, answer]).toMatchObject([400, { errors: [{ field: name }] }]);
  });

  test('no list of events, no JSON and no UTF-8 are refused', async () => {
    for (const text of ['[]', '{"events":', '"x"', 'null']) expect((await post(text)).status).toBe(400);
    const broken = Buffer.concat([Buffer.from('{"events":["'), Buffer.from([0xff]), Buffer.from('"]}')]);
    expect((await scene.raw('POST', '/events', { body: broken })).status).toBe(400);
  });

  test('what is too large for the stream is refused naming the limit', async () => {
    const events = [traceStart(randomUUID(), { input: 'x'.repeat(8 * 1024 * 1024 - 300) })];
    for (const content of [body(events), body([...events, ...events])]) {
      const { status, answer } = await post(content);
      expect([status, answer]).toMatchObject([413, { detail: expect.stringMatching(/8388608|8454144/) }]);
    }
    const trace = randomUUID();
    const large = body([traceStart(trace, { input: 'x'.repeat(8 * 1024 * 1024 - 1_000) })]);
    expect((await post(large)).status).toBe(200);
    expect((await scene.program.get(`/traces/${trace}`)).status).toBe(200);
  });

  test('an event that is too large without its payloads is refused by itself, whatever it has', async () => {
    const trace = randomUUID();
    const before = (await deadLetters()).length;
    const tags = Array<string>(1_000_000).fill('a');
    const { status, answer } = await post(
      body([traceStart(trace), step(trace, { tags, input: 1 }), step(trace)]),
    );
    const detail = expect.stringMatching(/^the event takes 400\d{4} bytes without .* the limit is 262144$/);
    expect([status, answer]).toMatchObject([
      200,
      { accepted: 2, rejected: [{ index: 1, reason: 'oversize', detail }] },
    ]);
    expect(await scene.items(`/observations?trace_id=${trace}`)).toHaveLength(1);
    expect((await deadLetters()).slice(before)).toEqual([{ event_index: 1, reason: 'oversize' }]);
    expect(await post(body([step(trace, { tags })]))).toMatchObject({
      status: 400,
      answer: { errors: [{ field: 'events.0', message: expect.stringMatching(/^oversize: /) }] },
    });
  });

  test('a large body is broken where its payload is, and has its limits beside the payloads', async () => {
    const sent = JSON.stringify(body([traceStart(randomUUID(), { input: ['x'.repeat(300_000)] })]));
    expect(await post(sent.replace('"]', '",]'))).toMatchObject({
      status: 400,
      answer: { detail: 'body must be valid JSON', errors: [{ field: 'body' }] },
    });
    const events = Array.from({ length: 100 }, () => step('t', { status_message: 'x'.repeat(25_000) }));
    expect(await post(body(events))).toMatchObject({
      status: 413,
      answer: { errors: [{ field: 'events', message: expect.stringContaining('the limit is 2097152') }] },
    });
  });

  test('a foreign project, a missing scope and no key are refused as elsewhere', async () => {
    const other = await createProject(scene.person, 'Other');
    const content = body([traceStart(randomUUID())]);
    expect(await scene.program.post('/events', { ...content, project_id: other.id })).toMatchObject({
      status: 404,
      body: { detail: 'Project not found' },
    });
    const key = await scene.person.post(`/projects/${scene.project.id}/keys`, {
      name: 'r',
      scopes: ['read'],
    });
    const reader = ApiClient.withKey(scene.studio.url, field(key.body, 'secret'));
    expect(await reader.post('/events', content)).toMatchObject({ status: 403 });
    for (const client of [ApiClient.anonymous(scene.studio.url), scene.person]) {
      expect(await client.post('/events', content)).toMatchObject({
        status: 401,
        body: { detail: 'Invalid API key' },
      });
    }
  });
});
