import {
  dead,
  deadEntry,
  event,
  type HostileRow,
  payload,
  storedAs,
  stored,
  traceHeader,
} from './hostile-row.ts';

const brackets = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const bytes = (...values: number[]): Buffer => Buffer.from(values);
const quoted = (inner: Buffer): Buffer => Buffer.concat([Buffer.from('"'), inner, Buffer.from('"')]);

/** Kept byte for byte. */
const KEPT: readonly (readonly [string, string])[] = [
  ['null', 'null'],
  ['a boolean', 'true'],
  ['negative zero', '-0'],
  ['a number beyond all doubles', '1e400'],
  ['a number below all doubles', '-1e-400'],
  ['a big integer', '12345678901234567890123'],
  ['a trailing zero', '1.10'],
  ['10,000 digits', '9'.repeat(10_000)],
  ['an empty text', '""'],
  ['an empty list', '[]'],
  ['an empty object', '{}'],
  ['equal keys', '{"a":1,"a":2}'],
  ['key order', '{"b":1,"10":2,"9":3,"a":4}'],
  ['__proto__', '{"__proto__":{"polluted":1}}'],
  ['constructor.prototype', '{"constructor":{"prototype":{"polluted":1}}}'],
  ['an empty key', '{"":{"":1}}'],
  ['an escaped NUL', '"a\\u0000b"'],
  ['an escaped NUL in a key', '{"\\u0000":1}'],
  ['an escaped lone high surrogate', '"\\ud800"'],
  ['an escaped lone low surrogate', '"\\udc00x"'],
  ['all escapes', '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4"'],
  ['space around it', ' \t\r\n[ 1 , 2 ]\n'],
  ['a delete character', '"\u007f"'],
  ['a line separator', '"\u2028\u2029"'],
  ['a noncharacter', '"\uffff"'],
  ['a byte order mark in a text', '"\ufeff"'],
  ['right-to-left text', '"\u202eabc"'],
  ['SQL', `"'; DROP TABLE traces; --"`],
  ['a COPY end marker', '"\\\\.\\n\\\\N"'],
  ['HTML', '"<script>alert(1)</script>"'],
  ['63 levels', brackets(63)],
  ['64 levels', brackets(64)],
  ['64 levels of objects', '{"a":'.repeat(64) + '1' + '}'.repeat(64)],
  ['1,000 brackets in a text', `"${'['.repeat(1_000)}"`],
  ['1,000 flat lists', `[${Array(1_000).fill('[]').join(',')}]`],
  [
    '100,000 keys',
    `{${Array.from({ length: 100_000 }, (_, at) => `"k${String(at)}":${String(at)}`).join(',')}}`,
  ],
  ['a megabyte', `"${'x'.repeat(1 << 20)}"`],
];

const NO_JSON: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['space only', '  \n'],
  ...[
    ...[
      'NaN',
      'Infinity',
      '-Infinity',
      'undefined',
      'None',
      'True',
      'nul',
      'TRUE',
      'NULL',
      "'x'",
      '`x`',
      'x',
    ],
    ...[
      '{a:1}',
      '{1:1}',
      '{"a"}',
      '{"a":}',
      '{"a":1,}',
      '{,}',
      '[1,]',
      '[,1]',
      '[1 2]',
      '{"a" 1}',
      '{"a":1 "b":2}',
    ],
    ...['01', '1.', '.5', '+1', '0x10', '1_000', '1e', '1e+', '--1', '- 1', '1n', '1/2'],
    ...['{', '}', '[', ']', '[}', '{]', '"', '"abc', '{"a":', '[1', '{"a":1', '[[[', 'tru'],
    ...['1 2', '{}{}', '[],', '1x', '""""', '/*x*/1', '1//x', '<a/>', 'SELECT 1'],
    ...['"\\x41"', '"\\u12"', '"\\uZZZZ"', '"\\', '"\\ "', '"\n"', '"\t"', '"\u0001"'],
  ].map((text) => [JSON.stringify(text), text] as const),
  ['a NUL byte', '"a\0b"'],
  ['a NUL byte after it', '1\0'],
  ['a byte order mark before it', '\ufeff1'],
  ['100 closing brackets', ']'.repeat(100)],
];

const NO_UTF8: readonly (readonly [string, Buffer])[] = [
  ['a lone byte', bytes(0xff)],
  ['a continuation byte', quoted(bytes(0x80))],
  ['a truncated character', quoted(bytes(0xe2, 0x82))],
  ['an overlong slash', quoted(bytes(0xc0, 0xaf))],
  ['an overlong NUL', quoted(bytes(0xc0, 0x80))],
  ['an encoded surrogate', quoted(bytes(0xed, 0xa0, 0x80))],
  ['beyond Unicode', quoted(bytes(0xf4, 0x90, 0x80, 0x80))],
  ['five bytes', quoted(bytes(0xf8, 0x88, 0x80, 0x80, 0x80))],
  ['UTF-16', Buffer.from('\ufeff"x"', 'utf16le')],
  ['Latin-1', Buffer.from('"Grüezi"', 'latin1')],
  ['after 100,000 good bytes', quoted(Buffer.concat([Buffer.alloc(100_000, 'x'), bytes(0xff)]))],
  ['compressed', bytes(0x1f, 0x8b, 0x08, 0x00, 0xff, 0xff)],
];

const layout: readonly HostileRow[] = [
  event(
    'all five kinds',
    (c) => ({
      header: traceHeader(c),
      payloads: (['input', 'output', 'state_after', 'meta', 'error'] as const).map(
        (kind) => [kind, '1'] as const,
      ),
    }),
    stored(),
  ),
  event(
    'one bad payload of two',
    (c) => ({
      header: traceHeader(c),
      payloads: [
        ['input', '1'],
        ['output', '{'],
      ],
    }),
    dead('invalid_json'),
  ),
  event(
    'a character cut in two by the lengths',
    (c) => ({
      header: traceHeader(c),
      payloads: [
        ['input', bytes(0x22, 0xc3)],
        ['output', bytes(0xa4, 0x22)],
      ],
    }),
    dead('invalid_utf8'),
  ),
  event(
    'an unknown kind',
    (c) => ({ header: traceHeader(c), payloads: [['secret', '1']] }),
    deadEntry('invalid_header'),
  ),
  event(
    'a kind twice',
    (c) => ({
      header: traceHeader(c),
      payloads: [
        ['input', '1'],
        ['input', '2'],
      ],
    }),
    deadEntry('invalid_header'),
  ),
  event(
    'a kind named __proto__',
    (c) => ({ header: traceHeader(c), payloads: [['__proto__', '1']] }),
    deadEntry('invalid_header'),
  ),
];

export const PAYLOADS: readonly HostileRow[] = [
  ...KEPT.map(([name, text]) => payload(`payload: ${name}`, text, storedAs(text))),
  ...NO_JSON.map(([name, text]) => payload(`payload: ${name}`, text, dead('invalid_json'))),
  ...NO_UTF8.map(([name, input]) => payload(`payload: ${name}`, input, dead('invalid_utf8'))),
  payload('payload: 65 levels', brackets(65), dead('too_deep')),
  payload('payload: 65 levels of both', '[{"a":'.repeat(33) + '1' + '}]'.repeat(33), dead('too_deep')),
  payload('payload: 10,000 levels', brackets(10_000), dead('too_deep')),
  payload('payload: 1,000,000 opening brackets', '['.repeat(1_000_000), dead('too_deep')),
  payload(
    'payload: 65 levels behind a text of brackets',
    `["${']'.repeat(99)}",${brackets(64)}]`,
    dead('too_deep'),
  ),
  ...layout,
];
