import {
  dead,
  event,
  type HostileRow,
  iso,
  marked,
  step,
  stored,
  trace,
  traceHeader,
} from './hostile-row.ts';

const DAY_MS = 86_400_000;

/** Ways to write the present moment. */
const PRESENT: readonly (readonly [string, (iso: string, ms: number) => string])[] = [
  ['without an offset', (text) => text.slice(0, -1)],
  ['with a space', (text) => text.replace('T', ' ')],
  ['in lower case', (text) => text.toLowerCase()],
  ['with nanoseconds', (text) => text.replace('Z', '123456Z')],
  ['with one digit of a second', (text) => text.replace(/\.(\d)\d\dZ/, '.$1Z')],
  ['with a comma', (text) => text.replace('.', ',')],
  ['without seconds', (text) => text.slice(0, 16) + 'Z'],
  ['five hours and a half east', (_, ms) => iso(ms + 19_800_000).replace('Z', '+05:30')],
  ['west without a colon', (_, ms) => iso(ms - 12_600_000).replace('Z', '-0330')],
  ['with hours of offset only', (_, ms) => iso(ms + 7_200_000).replace('Z', '+02')],
  ['between spaces', (text) => `  ${text}\t`],
];

/** Read, and too far from their arrival to be believed as an order. */
const FAR: readonly string[] = [
  '2024-02-29T00:00:00Z',
  '2000-02-29T12:00:00Z',
  '1970-01-01T00:00:00Z',
  '1969-12-31T23:59:59Z',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '2016-12-31T23:59:60Z',
  '2020-01-01',
  '2020-01-01T00:00:00+23:59',
  '2020-01-01T00:00:00-23:59',
];

const WRONG: readonly (readonly [string, unknown])[] = [
  ...[
    ...['yesterday', 'now()', 'NaN', 'null', '0', '1700000000', '1700000000.5', '1e308', '-1', 'Infinity'],
    ...['2023-02-29T00:00:00Z', '1900-02-29T00:00:00Z', '2026-02-30T00:00:00Z', '2026-04-31T00:00:00Z'],
    ...['2026-00-10T00:00:00Z', '2026-13-01T00:00:00Z', '2026-01-00T00:00:00Z', '2026-01-32T00:00:00Z'],
    ...['2026-01-01T24:00:00Z', '2026-01-01T23:60:00Z', '2026-01-01T23:59:61Z', '2026-01-01T00:00:00.Z'],
    ...['2026-01-01T00:00:00+24:00', '2026-01-01T00:00:00+05:60', '2026-01-01T00:00:00 PM'],
    ...['0000-01-01T00:00:00Z', '-001-01-01T00:00:00Z', '10000-01-01T00:00:00Z', '+012026-01-01T00:00:00Z'],
    ...['9999-12-31T23:59:59-23:59', '0001-01-01T00:00:00+23:59', '2026-W01', '2026-001', '20260101T000000Z'],
    ...[
      '2026-1-1T00:00:00Z',
      '26-01-01T00:00:00Z',
      '٢٠٢٦-01-01T00:00:00Z',
      '2026-01-01T00:00:00Z; DROP TABLE x',
    ],
    ...[
      '2026-01-01T00:00:00Z\0',
      'Jan 1 2026',
      'Thu, 01 Jan 2026 00:00:00 GMT',
      '2026-01-01T00:00:00Z'.repeat(1_000),
    ],
  ].map((text) => [text.slice(0, 40), text] as const),
  ['a number', 1_700_000_000],
  ['a huge number', 1e308],
  ['a negative number', -1],
  ['a boolean', true],
  ['a list', ['2026-01-01T00:00:00Z']],
  ['an object', { $date: 0 }],
];

const absent = [
  ['missing', undefined],
  ['null', null],
  ['empty', ''],
] as const;

export const TIMES: readonly HostileRow[] = [
  ...PRESENT.map(([name, write]) =>
    trace(`timestamp: ${name}`, (c) => ({ timestamp: write(iso(c.nowMs), c.nowMs) }), stored()),
  ),
  ...FAR.map((text) => trace(`timestamp: ${text}`, { timestamp: text }, marked('clock_clamped'))),
  ...WRONG.map(([name, value]) => trace(`timestamp: ${name}`, { timestamp: value }, dead('bad_time'))),
  ...absent.map(([name, value]) => trace(`timestamp: ${name}`, { timestamp: value }, stored())),
  trace(
    'timestamp: eight days ago',
    (c) => ({ timestamp: iso(c.nowMs - 8 * DAY_MS) }),
    marked('clock_clamped'),
  ),
  trace('timestamp: six days ago', (c) => ({ timestamp: iso(c.nowMs - 6 * DAY_MS) }), stored()),
  trace('timestamp: in two hours', (c) => ({ timestamp: iso(c.nowMs + 7_200_000) }), marked('clock_clamped')),
  step('an end before its start', (c) => ({ end_time: iso(c.nowMs - DAY_MS) }), stored()),
  step('an end that is no time', { end_time: 'later' }, dead('bad_time')),
  step('an end that is a number', { end_time: 0 }, dead('bad_time')),
  step('an end in a far year', { end_time: '9999-12-31T23:59:59.999999Z' }, marked('clock_clamped')),
  step('a start that is no time', { start_time: 'soon' }, dead('bad_time')),
  step('neither start nor end', { start_time: undefined, end_time: undefined }, stored()),
  step('a first token that is no time', { completion_start_time: 'x' }, dead('bad_time')),
  step('a first token after the end', (c) => ({ completion_start_time: iso(c.nowMs + 60_000) }), stored()),
  event(
    'an update\u2019s start that is no time',
    (c) => ({ header: traceHeader(c, { event_type: 'trace_update', start_time: '32:00' }) }),
    dead('bad_time'),
  ),
];
