import { NIL_UUID } from '../../src/kernel/uuid.ts';
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

const REFUSED: readonly (readonly [string, unknown])[] = [
  ['missing', undefined],
  ['null', null],
  ['empty', ''],
  ['spaces only', '   '],
  ['a no-break space only', '\u00a0'],
  ['a byte order mark only', '\ufeff'],
  ['a number', 5],
  ['a boolean', true],
  ['a list', ['x']],
  ['an object', { toString: 'x' }],
  ['201 characters', 'x'.repeat(201)],
  ['a megabyte', 'x'.repeat(1 << 20)],
  ['a line feed', 'a\nb'],
  ['a bell', '\u0007'],
  ['an escape sequence', '\u001b[2J'],
  ['a delete character', 'a\u007f'],
  ['a C1 control', 'a\u0085b'],
  ['a line separator', 'a\u2028b'],
  ['a paragraph separator', 'a\u2029b'],
];

/** Kept as they are: nothing about them is special to us. */
const KEPT: readonly (readonly [string, string])[] = [
  ['200 characters', 'x'.repeat(200)],
  ['SQL', `'; DROP TABLE traces; --`],
  ['HTML', '<script>alert(1)</script>'],
  ['a format string', '%s%n%x'],
  ['a template', '${jndi:ldap://x}{{7*7}}'],
  ['a path', '../../etc/passwd'],
  ['__proto__', '__proto__'],
  ['constructor', 'constructor'],
  ['JSON', '{"a":1}'],
  ['right-to-left text', '\u202eabc'],
  ['a zero-width space inside', 'a\u200bb'],
  ['emoji', '🚀'.repeat(100)],
  ['a UUID with braces', '{0d7aa606-cb29-4a31-8a59-50fa61151a32}'],
  ['31 hex digits', 'a'.repeat(31)],
];

const SANITISED: readonly (readonly [string, string, string])[] = [
  ['a NUL', 'a\0b', 'a\ufffdb'],
  ['a NUL only', '\0', '\ufffd'],
  ['a lone high surrogate', 'c\ud800d', 'c\ufffdd'],
  ['a lone low surrogate', 'e\udc00', 'e\ufffd'],
];

/** Ids must be different in every row: they are the key. */
const own = (text: string, tag: string): string =>
  text.length > 180 ? tag + text.slice(tag.length) : text + tag;

const traceIds: readonly HostileRow[] = [
  ...REFUSED.map(([name, id]) => trace(`trace_id: ${name}`, { trace_id: id }, dead('bad_id'))),
  ...KEPT.map(([name, id]) => trace(`trace_id: ${name}`, (c) => ({ trace_id: own(id, c.tag) }), stored())),
  ...SANITISED.map(([name, id, original_id]) =>
    trace(`trace_id: ${name}`, { trace_id: id }, marked('sanitised:trace_id', { original_id })),
  ),
  trace(
    'trace_id: an upper case UUID',
    (c) => ({ trace_id: c.trace.toUpperCase() }),
    stored({ original_id: null }),
  ),
  trace(
    'trace_id: 32 hex digits',
    (c) => ({ trace_id: c.trace.replaceAll('-', '') }),
    stored({ original_id: null }),
  ),
  trace('trace_id: the nil UUID', { trace_id: NIL_UUID }, stored({ original_id: NIL_UUID })),
];

const observationIds: readonly HostileRow[] = [
  ...REFUSED.map(([name, id]) => step(`observation_id: ${name}`, { observation_id: id }, dead('bad_id'))),
  ...KEPT.map(([name, id]) =>
    step(`observation_id: ${name}`, { observation_id: id }, stored({ original_id: id })),
  ),
  ...SANITISED.map(([name, id, original_id]) =>
    step(
      `observation_id: ${name}`,
      { observation_id: id },
      marked('sanitised:observation_id', { original_id }),
    ),
  ),
  step('observation_id: the nil UUID', { observation_id: NIL_UUID }, stored({ original_id: NIL_UUID })),
  step('observation_id: its trace\u2019s', (c) => ({ observation_id: c.trace }), stored()),
  event(
    'an observation\u2019s end without an id',
    (c) => ({ header: stepHeader(c, { event_type: 'observation_end', observation_id: undefined }) }),
    dead('bad_id'),
  ),
];

const parents: readonly HostileRow[] = [
  step('parent: unknown', { parent_observation_id: 'nobody' }, stored()),
  step('parent: null', { parent_observation_id: null }, stored({ parent_observation_id: null })),
  step('parent: empty', { parent_observation_id: '' }, stored({ parent_observation_id: null })),
  step(
    'parent: itself',
    (c) => ({ parent_observation_id: `step of ${c.tag}` }),
    marked('ignored:parent_observation_id', { parent_observation_id: null }),
  ),
  step('parent: the trace', (c) => ({ parent_observation_id: c.trace }), stored()),
  step('parent: a number', { parent_observation_id: 5 }, dead('bad_id')),
  step('parent: an object', { parent_observation_id: { id: 'x' } }, dead('bad_id')),
  step('parent: 201 characters', { parent_observation_id: 'x'.repeat(201) }, dead('bad_id')),
  step('parent: a line feed', { parent_observation_id: 'a\nb' }, dead('bad_id')),
  step('parent: a NUL', { parent_observation_id: 'a\0' }, marked('sanitised:parent_observation_id')),
  step(
    'parent: its child, which names it',
    { observation_id: 'hen', parent_observation_id: 'egg' },
    stored(),
  ),
  event(
    'a trace\u2019s event that names an observation',
    (c) => ({ header: traceHeader(c, { observation_id: 5, parent_observation_id: {} }) }),
    stored(),
  ),
];

export const IDS: readonly HostileRow[] = [...traceIds, ...observationIds, ...parents];
