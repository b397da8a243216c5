import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { NIL_UUID } from '../../src/kernel/uuid.ts';
import { IngestRig, type RigProject } from './ingest-rig.ts';

let rig: IngestRig;
beforeAll(async () => {
  rig = await IngestRig.start();
  rig.consume();
});
afterAll(() => rig.close());

const now = (): string => new Date().toISOString();
const traceStart = (traceId: string, extra: object = {}) => ({
  header: { event_type: 'trace_start', trace_id: traceId, name: 'run', timestamp: now(), ...extra },
  payloads: [],
});
const traceOf = async (id: string) => (await rig.query('SELECT * FROM traces WHERE id = $1', [id]))[0];

/** Fields of a single-event entry as the Python SDK writes them. */
const single = (
  project: RigProject | null,
  [type, traceId]: [string, string],
  data: object | string,
  more: string[] = [],
) => [
  'event_type',
  type,
  'trace_id',
  traceId,
  ...(project === null ? [] : ['project_id', project.id]),
  'timestamp',
  '1762345678.123456',
  ...more,
  'data',
  typeof data === 'string' ? data : JSON.stringify(data),
];

describe('single-event entries written by hand', () => {
  test('naive times are UTC, to the microsecond, and a trace without an end is stored', async () => {
    const project = await rig.createProject();
    const [trace, step] = [randomUUID(), randomUUID()];
    await rig.add(
      single(project, ['trace_start', trace], {
        name: 'global_supervisor',
        user_id: null,
        timestamp: '2025-11-05T12:34:56.789012',
      }),
    );
    await rig.add(
      single(
        project,
        ['observation_start', trace],
        {
          name: 'classify_intent',
          type: 'AGENT',
          parent_observation_id: null,
          input: { big: 1 },
          start_time: '2025-11-05T12:34:57',
        },
        ['observation_id', step],
      ),
    );
    await rig.add(
      single(
        project,
        ['observation_end', trace],
        '{"output": {"n": 12345678901234567890123, "x": NaN}, "level": "DEFAULT", "end_time": "2025-11-05T12:34:58.5"}',
        ['observation_id', step],
      ),
    );
    await rig.drained();
    const times = await rig.query(
      `SELECT t.start_time::text AS trace_start, t.end_time AS trace_end, o.start_time::text, o.end_time::text, o.type, o.marks
      FROM traces t JOIN observations o ON o.trace_id = t.id WHERE t.id = $1`,
      [trace],
    );
    expect(times).toEqual([
      {
        trace_start: '2025-11-05 12:34:56.789012+00',
        trace_end: null,
        start_time: '2025-11-05 12:34:57+00',
        end_time: '2025-11-05 12:34:58.5+00',
        type: 'AGENT',
        marks: ['clock_clamped', 'sanitised:non_finite'],
      },
    ]);
    const body = await rig.query(
      `SELECT kind, body::text FROM observation_payloads WHERE observation_id = $1 ORDER BY kind`,
      [step],
    );
    expect(body).toEqual([
      { kind: 'input', body: '{"big":1}' },
      { kind: 'output', body: '{"n": 12345678901234567890123, "x": null}' },
    ]);
  });

  test('project_id may be in data only; without any it is a dead letter', async () => {
    const project = await rig.createProject();
    const trace = randomUUID();
    await rig.add(single(null, ['trace_start', trace], { name: 'x', project_id: project.id }));
    const lost = await rig.add(single(null, ['trace_start', randomUUID()], { name: 'y' }));
    const unknown = await rig.add(
      single({ id: randomUUID(), keyId: '', apiKey: '' }, ['trace_start', randomUUID()], {}),
    );
    await rig.drained();
    expect(await traceOf(trace)).toMatchObject({ project_id: project.id, name: 'x' });
    const letters = await rig.query(
      'SELECT project_id, entry_id, reason FROM dead_letters WHERE entry_id = ANY($1) ORDER BY entry_id',
      [[lost, unknown]],
    );
    expect(letters).toEqual([
      { project_id: NIL_UUID, entry_id: lost, reason: 'missing_project' },
      { project_id: NIL_UUID, entry_id: unknown, reason: 'unknown_project' },
    ]);
  });

  test('an error says what failed', async () => {
    const project = await rig.createProject();
    const [trace, step] = [randomUUID(), randomUUID()];
    await rig.add(
      single(
        project,
        ['observation_error', trace],
        { level: 'ERROR', error: 'boom', end_time: '2025-11-05T12:34:58' },
        ['observation_id', step],
      ),
    );
    await rig.drained();
    await rig.rollUp();
    const [row] = await rig.query(
      'SELECT level, reported_status, status_message FROM observations WHERE id = $1',
      [step],
    );
    expect(row).toEqual({ level: 'ERROR', reported_status: 'error', status_message: 'boom' });
    expect(await traceOf(trace)).toMatchObject({ observation_count: 1, error_count: 1, level: 'ERROR' });
  });
});

test.each([
  ['1aac01a8-a985-4cd1-aad6-7e12b25da1bc'],
  ['external-swisper-user-12345'],
  ['a.b+c@example.com'],
  ['a/b?c#d'],
  [null],
  [42],
])('user_id %p is stored as it is', async (userId) => {
  const project = await rig.createProject();
  const trace = randomUUID();
  await rig.addBatch(project.id, [traceStart(trace, { user_id: userId })]);
  await rig.drained();
  expect((await traceOf(trace))?.['user_id']).toBe(userId === null ? null : String(userId));
});

test('payloads keep their text: key order, big numbers, escapes', async () => {
  const project = await rig.createProject();
  const trace = randomUUID();
  const text = '{"b":1e400, "a":12345678901234567890,"n":"\\u0000\\ud800","__proto__":{"x":1}}';
  await rig.addBatch(project.id, [{ ...traceStart(trace), payloads: [['input', text]] }]);
  await rig.drained();
  const rows = await rig.query(
    'SELECT observation_id, body::text, bytes FROM observation_payloads WHERE trace_id = $1',
    [trace],
  );
  expect(rows).toEqual([{ observation_id: NIL_UUID, body: text, bytes: text.length }]);
});

test('what was stored is acknowledged, removed and counted', async () => {
  const counted = await rig.redis.hgetall(`${rig.stream}:account`);
  const added = (await rig.redis.call('XINFO', 'STREAM', rig.stream)) as unknown[];
  expect(Number(counted['acked'])).toBe(added[added.indexOf('entries-added') + 1]);
  expect(await rig.redis.call('XPENDING', rig.stream, 'swisper_studio_consumers')).toEqual([
    0,
    null,
    null,
    null,
  ]);
});
