import {
  dead,
  event,
  type HostileRow,
  marked,
  step,
  stepHeader,
  stored,
  trace,
  traceHeader,
} from './hostile-row.ts';

const nested = (depth: number): object => {
  let value: object = {};
  for (let at = 1; at < depth; at++) value = { a: value };
  return value;
};

const named = (values: Record<string, unknown>): [string, unknown][] => Object.entries(values);

const unknownTypes: readonly (readonly [string, unknown])[] = [
  ['missing', undefined],
  ['null', null],
  ['empty', ''],
  ['a number', 1],
  ['a list', ['trace_start']],
  ['an object', {}],
  ['in upper case', 'TRACE_START'],
  ['with a space', 'trace_start '],
  ['with a NUL', 'trace_start\0'],
  ['unknown', 'surprise'],
  ['__proto__', '__proto__'],
  ['constructor', 'constructor'],
  ['toString', 'toString'],
  ['a megabyte', 'x'.repeat(1 << 20)],
];

const types: readonly HostileRow[] = [
  ...unknownTypes.map(([name, event_type]) =>
    trace(`event_type: ${name}`, { event_type }, dead('unknown_event_type')),
  ),
  step('type: in lower case', { type: 'tool' }, stored({ type: 'TOOL' })),
  step('type: null', { type: null }, stored({ type: null })),
  ...[
    ['unknown', 'BANANA'],
    ['a number', 5],
    ['a list', ['SPAN']],
    ['__proto__', '__proto__'],
    ['empty', ''],
  ].map(([name, type]) => step(`type: ${String(name)}`, { type }, marked('ignored:type', { type: null }))),
];

const levels: readonly HostileRow[] = [
  step('level: in lower case', { level: 'warning' }, stored({ level: 'WARNING' })),
  step('level: null', { level: null }, stored({ level: null })),
  ...named({ unknown: 'FATAL', 'a number': 40, 'an object': {}, empty: '', 'with a NUL': 'ERROR\0' }).map(
    ([name, level]) => step(`level: ${name}`, { level }, marked('ignored:level', { level: null })),
  ),
  step('status: incomplete', { status: 'incomplete' }, stored({ reported_status: 'incomplete' })),
  step('status: in upper case', { status: 'OK' }, stored({ reported_status: 'ok' })),
  ...[
    ...[
      ['running', 'running'],
      ['unknown', 'great'],
    ],
    ...[
      ['a number', 5],
      ['a list', ['ok']],
      ['empty', ''],
      ['toString', 'toString'],
    ],
  ].map(([name, status]) =>
    step(`status: ${String(name)}`, { status }, marked('ignored:status', { reported_status: null })),
  ),
];

const tags: readonly HostileRow[] = [
  trace('tags: none', { tags: [] }, stored({ tags: [] })),
  trace('tags: numbers and booleans', { tags: ['a', 5, true] }, stored({ tags: ['a', '5', 'true'] })),
  trace('tags: equal ones', { tags: ['a', 'a'] }, stored({ tags: ['a', 'a'] })),
  trace('tags: a text', { tags: 'a' }, marked('ignored:tags', { tags: null })),
  trace('tags: an object', { tags: { 0: 'a', length: 1 } }, marked('ignored:tags', { tags: null })),
  trace('tags: with null', { tags: ['a', null] }, marked('ignored:tags', { tags: ['a'] })),
  trace('tags: lists', { tags: [['a'], 'b'] }, marked('ignored:tags', { tags: ['b'] })),
  trace('tags: with a NUL', { tags: ['a\0'] }, marked('sanitised:tags', { tags: ['a\ufffd'] })),
  trace('tags: with a lone surrogate', { tags: ['\ud800'] }, marked('sanitised:tags', { tags: ['\ufffd'] })),
  trace('tags: quotes, braces and commas', { tags: ['{"a",}', '\\"'] }, stored({ tags: ['{"a",}', '\\"'] })),
  trace('tags: 50', { tags: Array(50).fill('a') }, stored({ tags: Array(50).fill('a') })),
  trace('tags: 51', { tags: Array(51).fill('a') }, marked('cut:tags', { tags: Array(50).fill('a') })),
  trace(
    'tags: 100,000',
    { tags: Array(100_000).fill('a') },
    marked('cut:tags', { tags: Array(50).fill('a') }),
  ),
  trace('tags: 200 characters', { tags: ['x'.repeat(200)] }, stored({ tags: ['x'.repeat(200)] })),
  trace('tags: 201 characters', { tags: ['x'.repeat(201)] }, marked('cut:tags', { tags: ['x'.repeat(200)] })),
];

const objects: readonly HostileRow[] = (['usage', 'cost', 'model_parameters'] as const).flatMap((field) => [
  step(`${field}: null`, { [field]: null }, stored({ [field]: null })),
  step(`${field}: empty`, { [field]: {} }, stored({ [field]: {} })),
  step(`${field}: nested texts`, { [field]: { a: { b: ['x'] } } }, stored({ [field]: { a: { b: ['x'] } } })),
  step(
    `${field}: negative and huge`,
    { [field]: { a: -1, b: 1e308 } },
    stored({ [field]: { a: -1, b: 1e308 } }),
  ),
  step(`${field}: SQL as a key`, { [field]: { "'; --": 1 } }, stored({ [field]: { "'; --": 1 } })),
  ...named({
    'a number': 5,
    'a text': '{}',
    'a list': [{}],
    'a boolean': true,
    '66,000 characters': { a: 'x'.repeat(66_000) },
  }).map(([name, value]) =>
    step(`${field}: ${name}`, { [field]: value }, marked(`ignored:${field}`, { [field]: null })),
  ),
  step(`${field}: nested 63 deep`, { [field]: nested(63) }, stored()),
  step(`${field}: nested 64 deep`, { [field]: nested(64) }, dead('too_deep')),
]);

/** Written as text, because JSON.stringify would not. */
const writtenByHand: readonly HostileRow[] = [
  event(
    'usage: a number beyond all doubles',
    (c) => ({ header: JSON.stringify({ ...stepHeader(c), usage: { a: '#' } }).replace('"#"', '1e400') }),
    marked('sanitised:non_finite', { usage: { a: null } }),
  ),
  event(
    'usage: a NUL in key and text',
    (c) => ({ header: stepHeader(c, { usage: { 'a\0': 'b\0', c: '\ud800' } }) }),
    marked('sanitised:usage', { usage: { 'a\ufffd': 'b\ufffd', c: '\ufffd' } }),
  ),
  event(
    'usage: __proto__ as a key',
    (c) => ({
      header: JSON.stringify({ ...stepHeader(c), usage: { x: { polluted: 1 } } }).replace(
        '"x"',
        '"__proto__"',
      ),
    }),
    stored(),
  ),
  event(
    'a header with __proto__',
    (c) => ({
      header: JSON.stringify({ x: { polluted: 1, name: 'y' }, ...traceHeader(c) }).replace(
        '"x"',
        '"__proto__"',
      ),
    }),
    stored({ name: 'hostile' }),
  ),
  event(
    'a header with constructor.prototype',
    (c) => ({ header: { constructor: { prototype: { polluted: 1 } }, ...traceHeader(c) } }),
    stored({ name: 'hostile' }),
  ),
  event(
    'a header with hasOwnProperty',
    (c) => ({ header: { hasOwnProperty: 1, toString: 1, ...traceHeader(c) } }),
    stored({ name: 'hostile' }),
  ),
  event(
    'a header with equal keys',
    (c) => ({ header: JSON.stringify(traceHeader(c)).replace('{', '{"name":"first","trace_id":5,') }),
    stored({ name: 'hostile' }),
  ),
  event(
    'a header with 10,000 unknown fields',
    (c) => ({
      header: {
        ...Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`f${String(at)}`, at])),
        ...traceHeader(c),
      },
    }),
    stored(),
  ),
  event('a header nested 64 deep', (c) => ({ header: { x: nested(63), ...traceHeader(c) } }), stored()),
  event(
    'a header nested 65 deep',
    (c) => ({ header: { x: nested(64), ...traceHeader(c) } }),
    dead('too_deep'),
  ),
  event(
    'a header nested 5,000 deep',
    (c) => ({
      header: JSON.stringify({ x: 0, ...traceHeader(c) }).replace('0', '['.repeat(5_000) + ']'.repeat(5_000)),
    }),
    dead('too_deep'),
  ),
  event('an empty header', () => ({ header: {} }), dead('unknown_event_type')),
  event(
    'cuts that are none',
    (c) => ({ header: traceHeader(c, { cuts: [null, 5, {}, { kind: 'x' }, 'input'] }) }),
    stored(),
  ),
  event('cuts that are no list', (c) => ({ header: traceHeader(c, { cuts: { kind: 'input' } }) }), stored()),
  event(
    'a cut of a payload that is not there',
    (c) => ({ header: traceHeader(c, { cuts: [{ kind: 'input', path: '$', bytes: -1 }] }) }),
    marked('cut:input'),
  ),
];

export const FIELDS: readonly HostileRow[] = [...types, ...levels, ...tags, ...objects, ...writtenByHand];
