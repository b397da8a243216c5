import { randomUUID } from 'node:crypto';
import {
  dead,
  deadEntry,
  type Expected,
  type HostileRow,
  iso,
  marked,
  rawEntry,
  type RowContext,
  stored,
  storedAs,
} from './hostile-row.ts';

type Change = Record<string, string | Buffer | undefined>;

/** An entry of one event as the Python SDK writes it: seconds since 1970, `data` as Python's json. */
const single = (name: string, change: (c: RowContext) => Change, expected: Expected): HostileRow =>
  rawEntry(
    `single event: ${name}`,
    (c) => {
      const fields: Change = {
        event_type: 'trace_start',
        trace_id: c.trace,
        project_id: c.project.id,
        timestamp: (c.nowMs / 1000).toFixed(6),
        data: dataOf(c),
        ...change(c),
      };
      return Object.entries(fields).filter(
        (field): field is [string, string | Buffer] => field[1] !== undefined,
      );
    },
    expected,
  );

/** Members are JSON texts. */
function dataOf(c: RowContext, more: Record<string, string> = {}): string {
  const members = { name: '"hostile"', session_id: JSON.stringify(c.tag), ...more };
  return `{${Object.entries(members)
    .map(([key, text]) => `${JSON.stringify(key)}: ${text}`)
    .join(', ')}}`;
}

const data = (name: string, more: Record<string, string>, expected: Expected): HostileRow =>
  single(name, (c) => ({ data: dataOf(c, more) }), expected);

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

const times: readonly HostileRow[] = [
  ...['', undefined, ' '].map((timestamp) =>
    single(`timestamp ${JSON.stringify(timestamp ?? 'missing')}`, () => ({ timestamp }), stored()),
  ),
  ...[
    'abc',
    'NaN',
    'nan',
    'inf',
    '-Infinity',
    '-1',
    '1e10',
    '0x10',
    '1,5',
    '1.5.5',
    '9'.repeat(14),
    '253402300800',
    '1\0',
  ].map((timestamp) =>
    single(`timestamp ${JSON.stringify(timestamp)}`, () => ({ timestamp }), deadEntry('bad_time')),
  ),
  single('timestamp 0', () => ({ timestamp: '0' }), marked('clock_clamped')),
  single('timestamp in RFC 3339', (c) => ({ timestamp: iso(c.nowMs) }), stored()),
  single('timestamp not UTF-8', () => ({ timestamp: Buffer.from([0xff]) }), deadEntry('invalid_utf8')),
  single(
    'a naive time',
    (c) => ({ data: dataOf(c, { timestamp: JSON.stringify(`${iso(c.nowMs).slice(0, -1)}000`) }) }),
    stored(),
  ),
  data('a time that is none', { timestamp: '"soon"' }, dead('bad_time')),
  data('a time that is a number', { timestamp: '1700000000.5' }, dead('bad_time')),
];

const projects: readonly HostileRow[] = [
  single(
    'a project in its data only',
    (c) => ({ project_id: undefined, data: dataOf(c, { project_id: JSON.stringify(c.project.id) }) }),
    stored(),
  ),
  single(
    'another project in its data',
    (c) => ({ data: dataOf(c, { project_id: JSON.stringify(c.foreign.id) }) }),
    stored(),
  ),
  single('no project', () => ({ project_id: undefined }), deadEntry('missing_project')),
  single('an empty project and none in its data', () => ({ project_id: '' }), deadEntry('missing_project')),
  single(
    'a project in its data that is a number',
    (c) => ({ project_id: undefined, data: dataOf(c, { project_id: '5' }) }),
    deadEntry('missing_project'),
  ),
  single(
    'an unknown project in its data',
    (c) => ({ project_id: undefined, data: dataOf(c, { project_id: JSON.stringify(randomUUID()) }) }),
    deadEntry('unknown_project'),
  ),
  single(
    'an unknown project, a known one in its data',
    (c) => ({ project_id: randomUUID(), data: dataOf(c, { project_id: JSON.stringify(c.project.id) }) }),
    deadEntry('unknown_project'),
  ),
  single(
    'a project in data that is no JSON',
    (c) => ({ project_id: undefined, data: `{"project_id":"${c.project.id}"` }),
    deadEntry('missing_project'),
  ),
  single(
    '9 MB of data and a project',
    (c) => ({ data: dataOf(c, { input: `"${'x'.repeat(9 << 20)}"` }) }),
    deadEntry('oversize'),
  ),
  single(
    '9 MB of data and the project in it',
    (c) => ({
      project_id: undefined,
      data: dataOf(c, { project_id: JSON.stringify(c.project.id), input: `"${'x'.repeat(9 << 20)}"` }),
    }),
    deadEntry('oversize', 'nobody'),
  ),
];

const contents: readonly HostileRow[] = [
  ...['', undefined, 'null', '  '].map((text) =>
    single(`data ${JSON.stringify(text ?? 'missing')}`, () => ({ data: text }), stored()),
  ),
  ...[
    '[]',
    '"x"',
    '5',
    'true',
    '{',
    '}',
    '{"a":',
    '{"a":1,}',
    "{'a': 1}",
    '{"a": None}',
    '{"a": nan}',
    'NaN',
    '{"a":1}x',
    '\ufeff{}',
    '{"a":"\n"}',
  ].map((text) => single(`data ${JSON.stringify(text)}`, () => ({ data: text }), deadEntry('invalid_json'))),
  single('data not UTF-8', () => ({ data: Buffer.from([0x7b, 0xff, 0x7d]) }), deadEntry('invalid_utf8')),
  single('data 5,000 levels deep', () => ({ data: `{"input":${nested(5_000)}}` }), deadEntry('too_deep')),
  data('input 63 levels deep', { input: nested(63) }, storedAs(nested(63))),
  data('input 65 levels deep', { input: nested(65) }, deadEntry('too_deep')),
  data('NaN in its input', { input: '{"a": NaN, "b": "NaN"}' }, {
    ...marked('sanitised:non_finite'),
    payload: '{"a": null, "b": "NaN"}',
  } as Expected),
  data('both infinities in its input', { input: '[Infinity, -Infinity]' }, {
    ...marked('sanitised:non_finite'),
    payload: '[null, null]',
  } as Expected),
  data('NaN in texts only', { input: '"NaN \\" Infinity"' }, storedAs('"NaN \\" Infinity"')),
  data(
    'big numbers and key order',
    { input: '{"b": 12345678901234567890, "a": 1.10}' },
    storedAs('{"b": 12345678901234567890, "a": 1.10}'),
  ),
  data('an escaped NUL in its input', { input: '"\\u0000"' }, storedAs('"\\u0000"')),
  data('an escaped NUL in its name', { name: '"a\\u0000"' }, marked('sanitised:name', { name: 'a\ufffd' })),
  data(
    'an escaped lone surrogate in its user',
    { user_id: '"\\ud800"' },
    marked('sanitised:user_id', { user_id: '\ufffd' }),
  ),
  data('__proto__', { __proto__x: '1', ['__proto__']: '{"polluted":1}' }, stored({ name: 'hostile' })),
  data('constructor.prototype', { constructor: '{"prototype":{"polluted":1}}' }, stored({ name: 'hostile' })),
  data(
    'another event type and trace in its data',
    { event_type: '"surprise"', trace_id: '5' },
    stored({ name: 'hostile' }),
  ),
  single(
    'equal keys in its data',
    (c) => ({ data: `{"name":5,${dataOf(c).slice(1)}` }),
    stored({ name: 'hostile' }),
  ),
  data('escaped keys', { 'a\\"b': '1' }, stored({ name: 'hostile' })),
  data(
    '10,000 unknown members',
    Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`f${String(at)}`, '[1]'])),
    stored(),
  ),
];

const heads: readonly HostileRow[] = [
  ...[undefined, '', 'TRACE_START', 'surprise', '__proto__', 'trace_start\0'].map((event_type) =>
    single(
      `event_type ${JSON.stringify(event_type ?? 'missing')}`,
      () => ({ event_type }),
      dead('unknown_event_type'),
    ),
  ),
  single('event_type not UTF-8', () => ({ event_type: Buffer.from([0xff]) }), deadEntry('invalid_utf8')),
  single('no trace', () => ({ trace_id: undefined }), dead('bad_id')),
  single('an empty trace', () => ({ trace_id: '' }), dead('bad_id')),
  single(
    'a trace that is not UTF-8',
    () => ({ trace_id: Buffer.from([0xc3, 0x28]) }),
    deadEntry('invalid_utf8'),
  ),
  single('a NUL byte in its trace', () => ({ trace_id: 'single\0' }), marked('sanitised:trace_id')),
  single('a line feed in its trace', () => ({ trace_id: 'a\nb' }), dead('bad_id')),
  single(
    'an observation\u2019s end without an observation',
    () => ({ event_type: 'observation_end' }),
    dead('bad_id'),
  ),
];

export const SINGLES: readonly HostileRow[] = [...times, ...projects, ...contents, ...heads];
