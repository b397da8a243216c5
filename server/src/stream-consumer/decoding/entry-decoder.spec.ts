import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeEntry, EVENT_TYPES } from 'swisper-studio/contract';
import { keptFields } from './raw-content.ts';
import { RAW_MAX_BYTES } from './raw-bytes.ts';
import { decodeAdmitted, type DecodedContent, WHOLE_ENTRY } from './entry-decoder.ts';

const PROJECT = '0d7aa606-cb29-4a31-8a59-50fa61151a32';
const RECEIVED = Date.UTC(2026, 0, 10, 12);
const origin = { projectId: PROJECT, isSigned: true, isFromServer: false };
const at = (ms: number): string => new Date(RECEIVED + ms).toISOString();

function decode(fields: Iterable<readonly [string, string | Buffer]>, isFromServer = false): DecodedContent {
  const map = new Map([...fields].map(([name, value]) => [name, Buffer.from(value)] as const));
  const bytes = [...map].reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  return decodeAdmitted({ id: `${String(RECEIVED)}-0`, fields: map, bytes }, { ...origin, isFromServer });
}

function batch(
  headers: readonly object[],
  sentAt = new Date(RECEIVED),
  serverInstance: string | null = null,
): DecodedContent {
  const counters = { accepted: 1, merged: 0, dropped: {}, config_version: 0 };
  const events = headers.map((header) => ({ header, payloads: [] }));
  const instanceId = serverInstance ?? 'i-1';
  const flat = encodeEntry({ projectId: PROJECT, instanceId, seq: 7, counters, sentAt, events });
  const fields: [string, string | Buffer][] = [];
  for (let i = 0; i < flat.length; i += 2) fields.push([String(flat[i]), flat[i + 1] ?? '']);
  return decode(fields, serverInstance !== null);
}

const single = (type: string, data: string): DecodedContent =>
  decode([
    ['event_type', type],
    ['trace_id', 't'],
    ['observation_id', 'o'],
    ['project_id', PROJECT],
    ['timestamp', '1768046400.5'],
    ['data', data],
  ]);

const only = (content: DecodedContent) => {
  expect(content.refused).toEqual([]);
  const [first] = content.events;
  if (first === undefined) throw new Error('nothing was decoded');
  return first.event;
};
const written = (content: DecodedContent): Record<string, unknown> =>
  Object.fromEntries(only(content).writes.map(({ column, value }) => [column, value]));

const start = (extra: object = {}): object => ({
  event_type: 'trace_start',
  trace_id: 't',
  name: 'run',
  timestamp: at(0),
  ...extra,
});

describe('what an event writes', () => {
  test('null and absent fields are no writes; numbers are taken as text', () => {
    expect(written(batch([start({ user_id: null, session_id: 42 })]))).toEqual({
      name: 'run',
      session_id: '42',
      start_time: '2026-01-10T12:00:00.000000Z',
      instance_id: 'i-1',
    });
  });

  test('an event of our own HTTP ingest says nothing about an instance', () => {
    const own = 'http-0d7aa606-cb29-4a31-8a59-50fa61151a32';
    expect(written(batch([start()], new Date(RECEIVED), own))).not.toHaveProperty('instance_id');
    expect(written(batch([start()], new Date(RECEIVED), 'worker-1'))).toMatchObject({
      instance_id: 'worker-1',
    });
  });

  test('a whole observation has two versions, each at its own time', () => {
    const event = only(
      batch([
        { event_type: 'observation', trace_id: 't', observation_id: 'o', start_time: at(1), end_time: at(5) },
      ]),
    );
    expect(event.startVersion).not.toBe(event.endVersion);
    expect(event.endVersion?.slice(16)).toBe(event.startVersion?.slice(16));
    expect(event.startVersion?.slice(16, 32)).toBe('0000000000000007');
    expect(event.earliest).toBe('2026-01-10T12:00:00.001000Z');
  });

  test('an error without a status is one; an interrupt is none', () => {
    const error = (extra: object) =>
      batch([
        { event_type: 'observation_error', trace_id: 't', observation_id: 'o', end_time: at(1), ...extra },
      ]);
    expect(only(error({})).level).toBe('ERROR');
    expect(written(error({}))).toMatchObject({ reported_status: 'error' });
    expect(only(error({ status: 'interrupted' })).level).toBeNull();
  });

  test('an event without a time has the time its entry was sent', () => {
    expect(written(batch([start({ timestamp: null })], new Date(RECEIVED - 5)))).toMatchObject({
      start_time: '2026-01-10T11:59:59.995000Z',
    });
    expect(written(single('trace_start', '{}'))).toMatchObject({ start_time: '2026-01-10T12:00:00.500000Z' });
  });
});

describe('clocks', () => {
  test('a producer whose clock is two hours slow has its times corrected and marked', () => {
    const event = only(batch([start({ timestamp: at(-7_200_000) })], new Date(RECEIVED - 7_200_000)));
    expect(event.earliest).toBe('2026-01-10T12:00:00.000000Z');
    expect(event.marks).toEqual(['clock_shifted']);
  });

  test('an impossible time orders as the nearest possible one, and is kept', () => {
    const event = only(batch([start({ timestamp: '1999-01-01T00:00:00Z' })]));
    expect(event.earliest).toBe('1999-01-01T00:00:00.000000Z');
    expect(event.marks).toEqual(['clock_clamped']);
    const clamped = (BigInt(RECEIVED) - 7n * 86_400_000n) * 1000n;
    expect(event.startVersion?.slice(0, 16)).toBe(clamped.toString(16).padStart(16, '0'));
  });
});

describe('outcomes of sanitising', () => {
  test.each<[string, object, string[], object]>([
    ['NUL in a name', { name: 'a\0' }, ['sanitised:name'], { name: 'a\ufffd' }],
    ['a lone surrogate in a user', { user_id: '\udc00x' }, ['sanitised:user_id'], { user_id: '\ufffdx' }],
    ['an overlong name', { name: 'n'.repeat(501) }, ['cut:name'], { name: 'n'.repeat(500) }],
    ['NUL in a tag', { tags: ['\0', 'b'] }, ['sanitised:tags'], { tags: ['\ufffd', 'b'] }],
    ['tags that are no list', { tags: 'a' }, ['ignored:tags'], { name: 'run' }],
    ['an object as user', { user_id: {} }, ['ignored:user_id'], { name: 'run' }],
    ['an unknown level', { level: 'LOUD' }, ['ignored:level'], { name: 'run' }],
    [
      'a payload the producer cut',
      { cuts: [{ kind: 'input', path: '$', bytes: 9 }, { kind: 'odd' }] },
      ['cut:input'],
      { name: 'run' },
    ],
  ])('%s', (_, extra, marks, columns) => {
    const type = 'level' in extra ? { event_type: 'trace_update' } : {};
    const content = batch([start({ ...extra, ...type })]);
    expect(only(content).marks).toEqual(marks);
    expect(written(content)).toMatchObject(columns);
  });

  test('usage keeps its numbers and loses what jsonb cannot hold', () => {
    const end = {
      event_type: 'observation_end',
      trace_id: 't',
      observation_id: 'o',
      end_time: at(1),
      usage: { 'in\0put': 3, n: '\0' },
    };
    expect(written(batch([end]))).toMatchObject({ usage: { 'in\ufffdput': 3, n: '\ufffd' } });
  });

  test('an observation is not its own parent', () => {
    const content = batch([
      {
        event_type: 'observation_start',
        trace_id: 't',
        observation_id: 'o',
        parent_observation_id: 'o',
        start_time: at(1),
      },
    ]);
    expect(only(content).marks).toEqual(['ignored:parent_observation_id']);
  });
});

describe('single-event entries', () => {
  test('payloads keep their text, NaN becomes null and is marked', () => {
    const event = only(
      single(
        'observation_end',
        '{"output": {"n":12345678901234567890, "x": [NaN, -Infinity, "NaN"]}, "meta": null}',
      ),
    );
    expect(event.payloads.map(({ kind, bytes }) => [kind, bytes.toString()])).toEqual([
      ['output', '{"n":12345678901234567890, "x": [null, null, "NaN"]}'],
    ]);
    expect(event.marks).toEqual(['sanitised:non_finite']);
  });

  test('data that is no object is refused', () => {
    for (const data of ['[1]', '"x"', '{', 'nul'])
      expect(single('trace_start', data).refused).toMatchObject([{ reason: 'invalid_json' }]);
    expect(single('trace_start', 'null').events).toHaveLength(1);
  });
});

test('whatever the bytes of an entry are, there is an answer, and what is kept of it is bounded', () => {
  const value = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc.json().map((text) => Buffer.from(text)),
    fc.string().map((text) => Buffer.from(text)),
  );
  const names = [
    'v',
    'enc',
    'project_id',
    'instance_id',
    'seq',
    'n',
    'counters',
    'sent_at',
    'h',
    'p',
    'event_type',
    'trace_id',
    'observation_id',
    'timestamp',
    'data',
  ];
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value), (fields) => {
      const content = decode(Object.entries(fields));
      expect(content.events.length + content.refused.length).toBeGreaterThan(0);
      for (const { raw, reason } of content.refused) {
        expect(raw.kept.length).toBeLessThanOrEqual(RAW_MAX_BYTES);
        expect(reason).not.toBe('decoder_failed');
      }
    }),
    { numRuns: 500 },
  );
});

test('whatever a header holds, the event is decoded or refused with a reason of its own', () => {
  const header = fc.record(
    {
      event_type: fc.constantFrom(...EVENT_TYPES, 'x'),
      trace_id: fc.anything(),
      observation_id: fc.oneof(fc.constant('o'), fc.anything()),
      name: fc.anything(),
      tags: fc.anything(),
      usage: fc.anything(),
      level: fc.anything(),
      start_time: fc.anything(),
      cuts: fc.anything(),
      parent_observation_id: fc.anything(),
      status: fc.anything(),
      model_parameters: fc.anything(),
    },
    { requiredKeys: ['event_type'] },
  );
  fc.assert(
    fc.property(header, (fields) => {
      const json = JSON.stringify({ ...fields, pl: [] }, (_, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      );
      const content = decode([
        ['v', '1'],
        ['enc', 'json'],
        ['project_id', PROJECT],
        ['instance_id', 'i'],
        ['seq', '1'],
        ['n', '1'],
        ['counters', '{}'],
        ['sent_at', at(0)],
        ['h', `[${json}]`],
        ['p', ''],
      ]);
      expect(content.events.length + content.refused.length).toBe(1);
      expect(content.refused.map(({ reason }) => reason)).not.toContain('decoder_failed');
    }),
    { numRuns: 500 },
  );
});

test('what a graph declares is set apart from the events of traces', () => {
  const graph = { event_type: 'graph', name: 'g', version_hash: 'v', nodes: ['n'], edges: [] };
  const { refused, events, graphs } = batch([graph, { event_type: 'grph' }, start()]);
  expect(refused).toMatchObject([{ index: 1, reason: 'unknown_event_type' }]);
  expect(events).toMatchObject([{ index: 2 }]);
  expect(graphs).toMatchObject([
    { index: 0, graph: { projectId: PROJECT, receivedMs: RECEIVED, name: 'g' } },
  ]);
});

test('an entry as a whole is refused once, with its fields to read', () => {
  const [refused] = decode([
    ['v', '9'],
    ['project_id', PROJECT],
    ['p', Buffer.from([0xff])],
  ]).refused;
  expect(refused).toMatchObject({ index: WHOLE_ENTRY, reason: 'unknown_version' });
  const fields = keptFields(refused?.raw.kept ?? Buffer.alloc(0)).map(({ name, kept }) => [name, kept]);
  expect(fields).toEqual([
    ['v', Buffer.from('9')],
    ['project_id', Buffer.from(PROJECT)],
    ['p', Buffer.from([0xff])],
  ]);
});
