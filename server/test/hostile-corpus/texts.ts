import { type HostileRow, marked, step, stored, trace } from './hostile-row.ts';

const cut = (max: number): string => 'x'.repeat(max);

/** Texts that are kept as they are, whatever they say. */
const KEPT: readonly (readonly [string, string])[] = [
  ['empty', ''],
  ['SQL', `Robert'); DROP TABLE traces; --`],
  ['a dollar quote', '$$; SELECT pg_sleep(10); $$ $1'],
  ['a COPY end marker', '\\.\n\\N\t'],
  ['HTML', '<img src=x onerror=alert(1)><script>alert(1)</script>'],
  ['format strings', '%s %n %x %1$s {0} ${name}'],
  ['a template', '{{constructor.constructor("x")()}} ${jndi:ldap://x/a}'],
  ['right-to-left override', 'abc\u202egpj.exe'],
  ['control characters', '\u0001\u0008\u001b[2J\u007f'],
  ['line ends', 'a\r\nb\u2028c\u2029d'],
  ['a byte order mark', '\ufeffname'],
  ['noncharacters', '\uffff\ufffe\u{10ffff}'],
  ['combining marks', 'Z\u0351\u036b\u0343\u032a\u0302'.repeat(10)],
  ['emoji', '👩‍👩‍👧‍👦🏳️‍🌈'],
  ['a replacement character', '\ufffd'],
  ['a logging escape', 'x","level":"ERROR"}\n{"msg":"'],
  ['null', 'null'],
  ['undefined', 'undefined'],
];

const SANITISED: readonly (readonly [string, string, string])[] = [
  ['a NUL', 'a\0b', 'a\ufffdb'],
  ['NULs only', '\0\0', '\ufffd\ufffd'],
  ['a lone high surrogate', 'a\ud83db', 'a\ufffdb'],
  ['a lone low surrogate', '\ude80a', '\ufffda'],
  ['a reversed pair', '\ude80\ud83d', '\ufffd\ufffd'],
];

const IGNORED: readonly (readonly [string, unknown])[] = [
  ['a list', ['x']],
  ['an object', { toString: 1 }],
];

const TRACE_FIELDS = [
  ['name', 500],
  ['user_id', 500],
  ['environment', 200],
  ['version', 200],
] as const;

const traces: readonly HostileRow[] = TRACE_FIELDS.flatMap(([field, max]) => [
  ...KEPT.map(([name, text]) => trace(`${field}: ${name}`, { [field]: text }, stored({ [field]: text }))),
  ...SANITISED.map(([name, text, clean]) =>
    trace(`${field}: ${name}`, { [field]: text }, marked(`sanitised:${field}`, { [field]: clean })),
  ),
  ...IGNORED.map(([name, value]) =>
    trace(`${field}: ${name}`, { [field]: value }, marked(`ignored:${field}`, { [field]: null })),
  ),
  trace(`${field}: null`, { [field]: null }, stored({ [field]: null })),
  trace(`${field}: a number`, { [field]: 1.5 }, stored({ [field]: '1.5' })),
  trace(`${field}: a boolean`, { [field]: false }, stored({ [field]: 'false' })),
  trace(`${field}: as long as it may be`, { [field]: cut(max) }, stored({ [field]: cut(max) })),
  trace(`${field}: one too long`, { [field]: cut(max + 1) }, marked(`cut:${field}`, { [field]: cut(max) })),
  trace(`${field}: a megabyte`, { [field]: cut(1 << 20) }, marked(`cut:${field}`, { [field]: cut(max) })),
  trace(
    `${field}: cut through a character`,
    { [field]: `${cut(max - 1)}🚀` },
    marked(`cut:${field}`, { [field]: `${cut(max - 1)}\ufffd` }),
  ),
]);

const steps: readonly HostileRow[] = (['name', 'status_message'] as const).flatMap((field) => [
  ...SANITISED.map(([name, text, clean]) =>
    step(
      `step\u2019s ${field}: ${name}`,
      { [field]: text },
      marked(`sanitised:${field}`, { [field]: clean }),
    ),
  ),
  ...IGNORED.map(([name, value]) =>
    step(`step\u2019s ${field}: ${name}`, { [field]: value }, marked(`ignored:${field}`, { [field]: null })),
  ),
  step(
    `step\u2019s ${field}: a megabyte`,
    { [field]: cut(1 << 20) },
    marked(`cut:${field}`, { [field]: cut(field === 'name' ? 500 : 8_192) }),
  ),
]);

export const TEXTS: readonly HostileRow[] = [...traces, ...steps];
