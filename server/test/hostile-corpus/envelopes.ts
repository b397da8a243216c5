import { randomUUID } from 'node:crypto';
import { ENTRY_MAX_BYTES } from 'swisper-studio/contract';
import { NIL_UUID } from '../../src/kernel/uuid.ts';
import { type EntryFields, entryFields } from './hostile-entry.ts';
import {
  dead,
  deadEntry,
  entry,
  type HostileRow,
  iso,
  marked,
  rawEntry,
  type RowContext,
  stored,
  traceHeader,
} from './hostile-row.ts';

const refused = (
  field: string,
  values: readonly (string | undefined)[],
  reason: Parameters<typeof deadEntry>[0],
): HostileRow[] =>
  values.map((value) => {
    const name = value === undefined ? 'missing' : JSON.stringify(value.slice(0, 30));
    return entry(`${field}: ${name}`, { [field]: value }, deadEntry(reason));
  });

const accepted = (field: string, values: readonly string[]): HostileRow[] =>
  values.map((value) =>
    entry(`${field}: ${JSON.stringify(value.slice(0, 30))}`, { [field]: value }, stored()),
  );

const NO_COUNTS = [
  '',
  '-1',
  '1.5',
  '1e3',
  '0x1',
  'abc',
  ' 1',
  '1\0',
  '٣',
  'NaN',
  'Infinity',
  '9'.repeat(17),
  '9'.repeat(400),
];

const heads: readonly HostileRow[] = [
  ...refused(
    'v',
    ['2', '0', '', '01', ' 1', '1.0', '1\0', 'one', '１', '1'.repeat(100_000)],
    'unknown_version',
  ),
  ...refused('enc', [undefined, '', 'JSON', 'json ', 'xml', 'msgpack', 'json\0'], 'unknown_encoding'),
  entry('v: missing', { v: undefined }, dead('unknown_event_type')),
  ...refused('seq', [undefined, ...NO_COUNTS, '9007199254740991', '9007199254740992'], 'invalid_header'),
  ...accepted('seq', ['0', '0000000001', '9007199254740989']),
  ...refused('n', [undefined, ...NO_COUNTS, '0', '2', '100', '101', '4294967296'], 'invalid_header'),
  ...accepted('n', ['01']),
];

const projects: readonly HostileRow[] = [
  ...refused('project_id', [undefined, '', ' ', '\t'], 'missing_project'),
  ...refused(
    'project_id',
    ['mine', '0', 'null', NIL_UUID, '../..', "' OR 1=1 --", 'a\0b', '*', '__proto__', 'x'.repeat(100_000)],
    'unknown_project',
  ),
  entry('project_id: unknown', () => ({ project_id: randomUUID() }), deadEntry('unknown_project')),
  entry('project_id: deleted', (c) => ({ project_id: c.deleted.id }), deadEntry('unknown_project')),
  entry(
    'project_id: two',
    (c) => ({ project_id: `${c.project.id},${c.foreign.id}` }),
    deadEntry('unknown_project'),
  ),
  entry('project_id: in braces', (c) => ({ project_id: `{${c.project.id}}` }), deadEntry('unknown_project')),
  entry('project_id: not UTF-8', { project_id: Buffer.from([0xff, 0xfe]) }, deadEntry('unknown_project')),
  entry('project_id: in upper case', (c) => ({ project_id: c.project.id.toUpperCase() }), stored()),
];

const instances: readonly HostileRow[] = [
  ...refused(
    'instance_id',
    [undefined, '', ' ', 'a\nb', 'a\0b', '\u001b[2J', '\u2028', 'x'.repeat(201), 'x'.repeat(100_000)],
    'invalid_header',
  ),
  entry('instance_id: not UTF-8', { instance_id: Buffer.from([0xc3]) }, deadEntry('invalid_header')),
  ...['x'.repeat(200), '🚀', "'; --", '__proto__', 'default', `http-${randomUUID()}`, NIL_UUID].map((id) =>
    entry(
      `instance_id: ${JSON.stringify(id.slice(0, 30))}`,
      { instance_id: id },
      stored({ instance_id: id }),
    ),
  ),
];

const counters: readonly HostileRow[] = [
  ...refused(
    'counters',
    [undefined, '', 'null', '[]', '5', '"x"', '{', '{"a":1', 'NaN', '{}{}'],
    'invalid_header',
  ),
  ...accepted('counters', [
    ...['{}', ' {} ', '{"accepted":-1}', '{"accepted":1e400}', '{"accepted":"many"}', '{"merged":1.5}'],
    ...['{"dropped":[1]}', '{"dropped":{"x":"y"}}', '{"dropped":null}', '{"config_version":-1}'],
    ...['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}'],
  ]),
  ...accepted('counters', [`{"x":${'['.repeat(5_000)}${']'.repeat(5_000)}}`]),
  entry('counters: not UTF-8', { counters: Buffer.from([0x7b, 0xff, 0x7d]) }, deadEntry('invalid_header')),
  entry(
    'counters: 100,000 reasons with NULs',
    {
      counters: JSON.stringify({
        dropped: Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`\0${String(at)}`, at])),
      }),
    },
    stored(),
  ),
];

const sentAt: readonly HostileRow[] = [
  ...refused(
    'sent_at',
    [
      undefined,
      '',
      'yesterday',
      'NaN',
      '0',
      '1700000000',
      '1e308',
      'Jan 1 2026',
      '2026-02-30T00:00:00Z',
      '-1',
    ],
    'invalid_header',
  ),
  entry('sent_at: 1970', { sent_at: '1970-01-01T00:00:00Z' }, marked(['clock_clamped', 'clock_shifted'])),
  entry('sent_at: in two hours', (c) => ({ sent_at: iso(c.nowMs + 7_200_000) }), marked('clock_shifted')),
  entry(
    'sent_at: two hours ago',
    (c) => ({ sent_at: iso(c.nowMs - 7_200_000) }),
    marked(['clock_clamped', 'clock_shifted']),
  ),
  entry('sent_at: without an offset', (c) => ({ sent_at: iso(c.nowMs).slice(0, -1) }), stored()),
  entry('sent_at: the year 9999', { sent_at: '9999-12-31T23:59:59Z' }, dead('bad_time')),
];

const withHeaders = (name: string, h: string | Buffer, expected: HostileRow['expected']): HostileRow =>
  entry(`h: ${name}`, { h }, expected);

const headers: readonly HostileRow[] = [
  ...refused(
    'h',
    [
      undefined,
      '',
      'null',
      '{}',
      '[]',
      '5',
      '[',
      '[{]',
      '[1]',
      '[null]',
      '["x"]',
      '[[]]',
      '[{},{}]',
      '[{}',
      '[{}]x',
      '[NaN]',
    ],
    'invalid_header',
  ),
  withHeaders('not UTF-8', Buffer.from([0x5b, 0xff, 0x5d]), deadEntry('invalid_header')),
  withHeaders('UTF-16', Buffer.from('[{}]', 'utf16le'), deadEntry('invalid_header')),
  withHeaders('100,000 levels, open', '['.repeat(100_000), deadEntry('invalid_header')),
  withHeaders('an object without a type', '[{}]', dead('unknown_event_type')),
  withHeaders(
    '__proto__ only',
    '[{"__proto__":{"event_type":"trace_start","polluted":1}}]',
    dead('unknown_event_type'),
  ),
];

/** The lengths in a header against the bytes there are. */
const lengths: readonly HostileRow[] = [
  ...(
    [
      ['too short', [['input', 2]], '1', 'bad_lengths'],
      ['too long', [['input', 1]], '12', 'bad_lengths'],
      ['no payload for its length', [['input', 1]], '', 'bad_lengths'],
      ['a payload nobody names', [], '1', 'bad_lengths'],
      ['beyond all bytes', [['input', Number.MAX_SAFE_INTEGER]], '1', 'bad_lengths'],
      [
        'a sum beyond all numbers',
        [
          ['input', Number.MAX_SAFE_INTEGER],
          ['output', Number.MAX_SAFE_INTEGER],
        ],
        '1',
        'bad_lengths',
      ],
      ['negative', [['input', -1]], '', 'invalid_header'],
      ['a fraction', [['input', 0.5]], '', 'invalid_header'],
      ['beyond all integers', [['input', 1e300]], '', 'invalid_header'],
      ['a text', [['input', '1']], '1', 'invalid_header'],
      ['null', [['input', null]], '1', 'invalid_header'],
      ['without a length', [['input']], '1', 'invalid_header'],
      ['with three parts', [['input', 1, 1]], '1', 'invalid_header'],
      ['an object', { input: 1 }, '1', 'invalid_header'],
      ['a number', 1, '1', 'invalid_header'],
      ['100,000 kinds', Array(100_000).fill(['input', 0]), '', 'invalid_header'],
    ] as const
  ).map(([name, pl, p, reason]) =>
    entry(`pl: ${name}`, (c) => ({ h: JSON.stringify([{ ...traceHeader(c), pl }]), p }), deadEntry(reason)),
  ),
  entry('pl: null', (c) => ({ h: JSON.stringify([{ ...traceHeader(c), pl: null }]), p: '' }), stored()),
  entry('p: missing where nothing is said of it', { p: undefined }, stored()),
  entry(
    'pl: an empty payload',
    (c) => ({ h: JSON.stringify([{ ...traceHeader(c), pl: [['input', 0]] }]) }),
    dead('invalid_json'),
  ),
];

const filler = (count: number, size: number): EntryFields =>
  Array.from({ length: count }, (_, at) => [`x${String(at)}`, 'x'.repeat(size)]);

/** The base entry grown to exactly this many bytes. */
function grownTo(c: RowContext, bytes: number): EntryFields {
  const fields = entryFields(c, [{ header: traceHeader(c) }]);
  const size = fields.reduce((sum, [name, value]) => sum + name.length + Buffer.byteLength(value), 0);
  return [...fields, ['x', 'x'.repeat(bytes - size - 1)]];
}

const base = (c: RowContext): EntryFields => entryFields(c, [{ header: traceHeader(c) }]);

const fieldLists: readonly HostileRow[] = [
  rawEntry('an unknown field', (c) => [...base(c), ['trace_state', 'x']], stored()),
  rawEntry('10,000 unknown fields', (c) => [...base(c), ...filler(10_000, 10)], stored()),
  rawEntry('a field without a name', (c) => [...base(c), ['', 'x']], stored()),
  rawEntry('a field named __proto__', (c) => [['__proto__', '{"v":"1"}'], ...base(c)], stored()),
  rawEntry('a field whose name is not UTF-8', (c) => [...base(c), [Buffer.from([0xff]), 'x']], stored()),
  rawEntry('a field name of 100,000 bytes', (c) => [...base(c), ['x'.repeat(100_000), '']], stored()),
  rawEntry('fields in reverse order', (c) => base(c).toReversed(), stored()),
  rawEntry('a project twice: the last counts', (c) => [['project_id', c.foreign.id], ...base(c)], stored()),
  rawEntry('headers twice: the last counts', (c) => [...base(c), ['h', '5']], deadEntry('invalid_header')),
  rawEntry('a version twice: the last counts', (c) => [...base(c), ['v', '9']], deadEntry('unknown_version')),
  rawEntry('exactly 8 MB', (c) => grownTo(c, ENTRY_MAX_BYTES), stored()),
  rawEntry('8 MB and a byte', (c) => grownTo(c, ENTRY_MAX_BYTES + 1), deadEntry('oversize')),
  rawEntry('16 MB', (c) => grownTo(c, 2 * ENTRY_MAX_BYTES), deadEntry('oversize')),
  rawEntry('one field that means nothing', () => [['x', 'y']], deadEntry('missing_project')),
  rawEntry('one field that is nothing', () => [['', '']], deadEntry('missing_project')),
];

export const ENVELOPES: readonly HostileRow[] = [
  ...heads,
  ...projects,
  ...instances,
  ...counters,
  ...sentAt,
  ...headers,
  ...lengths,
  ...fieldLists,
];
