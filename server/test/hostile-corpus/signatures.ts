import { deriveSigningKey, signFields } from 'swisper-studio/contract';
import { entryFields, signedBy } from './hostile-entry.ts';
import {
  type CorpusProject,
  deadEntry,
  type Expected,
  type HostileRow,
  iso,
  rawEntry,
  type RowContext,
  stored,
  traceHeader,
} from './hostile-row.ts';

type Fields = [string, string | Buffer][];

const entryOf = (c: RowContext, project: CorpusProject): Fields =>
  entryFields({ ...c, project }, [{ header: traceHeader(c) }]);

/** Signed by the project's own key, then changed. */
const tampered = (
  name: string,
  change: (fields: Fields, c: RowContext) => Fields,
  expected: Expected,
): HostileRow =>
  rawEntry(
    `signature: ${name}`,
    (c) => change(signedBy(c.signed, c.stream, entryOf(c, c.signed)), c),
    expected,
  );

const replaced = (fields: Fields, name: string, change: (value: string) => string | Buffer): Fields =>
  fields.map(([key, value]) => (key === name ? [key, change(value.toString())] : [key, value]));

const bySig = (name: string, change: (sig: string) => string | Buffer): HostileRow =>
  tampered(name, (fields) => replaced(fields, 'sig', change), deadEntry('bad_signature'));

const without = (fields: Fields, ...names: string[]): Fields =>
  fields.filter(([name]) => !names.includes(name));

const wrong: readonly HostileRow[] = [
  bySig('one character changed', (sig) => (sig.startsWith('A') ? 'B' : 'A') + sig.slice(1)),
  bySig('cut', (sig) => sig.slice(0, -1)),
  bySig('longer', (sig) => `${sig}A`),
  bySig('padded', (sig) => `${sig}=`),
  bySig('in hex', (sig) => Buffer.from(sig, 'base64url').toString('hex')),
  bySig('as bytes', (sig) => Buffer.from(sig, 'base64url')),
  bySig('empty', () => ''),
  bySig('a megabyte', () => 'A'.repeat(1 << 20)),
  bySig('in upper case', (sig) => sig.toUpperCase() + 'a'.repeat(0) + (sig === sig.toUpperCase() ? 'x' : '')),
  bySig('not UTF-8', () => Buffer.alloc(43, 0xff)),
  tampered('missing', (fields) => without(fields, 'sig'), deadEntry('bad_signature')),
  tampered('fields in another order', (fields) => fields.toReversed(), deadEntry('bad_signature')),
  tampered('a field added', (fields) => [['x', 'y'], ...fields], deadEntry('bad_signature')),
  tampered('a field added at the end', (fields) => [...fields, ['x', 'y']], deadEntry('bad_signature')),
  tampered('an empty field taken away', (fields) => without(fields, 'p'), deadEntry('bad_signature')),
  ...['seq', 'n', 'instance_id', 'counters', 'sent_at', 'h', 'v', 'enc'].map((field) =>
    tampered(
      `another ${field}`,
      (fields) => replaced(fields, field, (value) => `${value} `),
      deadEntry('bad_signature'),
    ),
  ),
  tampered(
    'moved to another project',
    (fields, c) => replaced(fields, 'project_id', () => c.project.id),
    deadEntry('bad_signature'),
  ),
  tampered(
    'the project in upper case',
    (fields) => replaced(fields, 'project_id', (id) => id.toUpperCase()),
    deadEntry('bad_signature'),
  ),
  tampered(
    'under another key\u2019s id',
    (fields, c) => replaced(fields, 'key_id', () => c.foreign.keyId),
    deadEntry('bad_signature'),
  ),
  tampered(
    'under the server\u2019s id',
    (fields) => replaced(fields, 'key_id', () => 'server'),
    deadEntry('bad_signature'),
  ),
  rawEntry(
    'signature: for another stream',
    (c) => signedBy(c.signed, `${c.stream}:other`, entryOf(c, c.signed)),
    deadEntry('bad_signature'),
  ),
  rawEntry(
    'signature: another\u2019s secret',
    (c) => signedBy({ ...c.signed, apiKey: c.foreign.apiKey }, c.stream, entryOf(c, c.signed)),
    deadEntry('bad_signature'),
  ),
  rawEntry(
    'signature: with the API key itself',
    (c) => {
      const fields: Fields = [...entryOf(c, c.signed), ['key_id', c.signed.keyId]];
      return [...fields, ['sig', signFields(c.stream, fields, Buffer.from(c.signed.apiKey))]];
    },
    deadEntry('bad_signature'),
  ),
  rawEntry(
    'signature: over the values without their lengths',
    (c) => {
      const fields: Fields = [...entryOf(c, c.signed), ['key_id', c.signed.keyId]];
      const joined = Buffer.from(fields.map(([name, value]) => name + value.toString()).join(''));
      return [...fields, ['sig', signFields(c.stream, [['', joined]], deriveSigningKey(c.signed.apiKey))]];
    },
    deadEntry('bad_signature'),
  ),
];

const odd = (c: RowContext): readonly (readonly [string, string | Buffer])[] => [
  ['empty', ''],
  ['in upper case', c.signed.keyId.toUpperCase()],
  ['one digit short', c.signed.keyId.slice(1)],
  ['one digit long', `${c.signed.keyId}0`],
  ['with a space', ` ${c.signed.keyId}`],
  ['with a NUL', `${c.signed.keyId.slice(1)}\0`],
  ['SQL', "' OR '1'='1"],
  ['%', '%'],
  ['__proto__', '__proto__'],
  ['not UTF-8', Buffer.from([0xff, 0xfe])],
  ['a megabyte', 'a'.repeat(1 << 20)],
  ['unknown', '0123456789abcdef'],
];
const ODD_NAMES = [
  'empty',
  'in upper case',
  'one digit short',
  'one digit long',
  'with a space',
  'with a NUL',
  'SQL',
  '%',
  '__proto__',
  'not UTF-8',
  'a megabyte',
  'unknown',
];

const keys: readonly HostileRow[] = [
  ...ODD_NAMES.map((name) =>
    tampered(
      `key_id: ${name}`,
      (fields, c) => replaced(fields, 'key_id', () => new Map(odd(c)).get(name) ?? name),
      deadEntry('unknown_key'),
    ),
  ),
  tampered('no key_id', (fields) => without(fields, 'key_id'), deadEntry('unknown_key')),
  rawEntry(
    'signature: of another project\u2019s key',
    (c) => signedBy(c.foreign, c.stream, entryOf(c, c.signed)),
    deadEntry('foreign_key'),
  ),
  rawEntry(
    'signature: of a revoked key',
    (c) => signedBy(c.revoked, c.stream, entryOf(c, c.revoked)),
    deadEntry('revoked_key'),
  ),
  rawEntry(
    'signature: of an expired key',
    (c) => signedBy(c.expired, c.stream, entryOf(c, c.expired)),
    deadEntry('expired_key'),
  ),
  rawEntry(
    'signature: of a deleted project',
    (c) => signedBy(c.deleted, c.stream, entryOf(c, c.deleted)),
    deadEntry('unknown_project'),
  ),
  rawEntry(
    'signature: of a key that ends in an hour',
    (c) => signedBy(c.lasting, c.stream, entryOf(c, c.lasting)),
    stored(),
  ),
  tampered('right', (fields) => fields, stored()),
  rawEntry(
    'signature: right, with unknown fields',
    (c) => signedBy(c.signed, c.stream, [...entryOf(c, c.signed), ['x', 'y']]),
    stored(),
  ),
  rawEntry(
    'signature: right, over a bad entry',
    (c) =>
      signedBy(
        c.signed,
        c.stream,
        replaced(entryOf(c, c.signed), 'n', () => '7'),
      ),
    deadEntry('invalid_header', 'signed'),
  ),
];

/** None of these may touch what the signed project has. */
const unsigned: readonly HostileRow[] = [
  rawEntry('signature: none where one is required', (c) => entryOf(c, c.signed), deadEntry('unsigned')),
  rawEntry(
    'signature: none on a single event where one is required',
    (c) => [
      ['event_type', 'trace_start'],
      ['trace_id', c.trace],
      ['project_id', c.signed.id],
      ['timestamp', String(c.nowMs / 1000)],
    ],
    deadEntry('unsigned'),
  ),
  rawEntry(
    'signature: none, the project in the data of a single event',
    (c) => [
      ['event_type', 'trace_start'],
      ['trace_id', c.trace],
      ['data', JSON.stringify({ project_id: c.signed.id, name: 'forged', timestamp: iso(c.nowMs) })],
    ],
    deadEntry('unsigned'),
  ),
];

export const SIGNATURES: readonly HostileRow[] = [...wrong, ...keys, ...unsigned];
