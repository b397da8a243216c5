import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { deriveSigningKey, signFields, verifyFields } from 'swisper-studio/contract';
import { decodeAdmitted, type DecodedContent } from './entry-decoder.ts';
import { decodeEvent } from './event-decoder.ts';
import type { StreamEntry } from '../reading/stream-reader.ts';
import { keptEntry, keptEvent, keptFields, keptSource } from './raw-content.ts';
import { RAW_MAX_BYTES, type RawBytes, rawOfEntry } from './raw-bytes.ts';

const PROJECT = '0d7aa606-cb29-4a31-8a59-50fa61151a32';
const ENTRY_ID = `${String(Date.UTC(2026, 0, 10, 12))}-0`;
const KEY = deriveSigningKey('key');
const STREAM = 's';

function entryOf(fields: Iterable<readonly [string, Buffer]>): StreamEntry {
  const map = new Map(fields);
  let bytes = 0;
  for (const [name, value] of map) bytes += Buffer.byteLength(name) + value.length;
  return { id: ENTRY_ID, fields: map, bytes };
}

function batchOf(h: string, p: string, more: Record<string, string> = {}): DecodedContent {
  const fields = {
    v: '1',
    enc: 'json',
    project_id: PROJECT,
    instance_id: 'i-1',
    seq: '41',
    n: '1',
    counters: '{}',
    sent_at: '2026-01-10T09:00:00.5Z',
    h,
    p,
    ...more,
  };
  const entry = entryOf(Object.entries(fields).map(([name, value]) => [name, Buffer.from(value)] as const));
  return decodeAdmitted(entry, { projectId: PROJECT, isSigned: true, isFromServer: false });
}

function readAgain(raw: RawBytes | undefined): unknown {
  const kept = keptEvent(raw?.kept ?? Buffer.alloc(0));
  if (kept === null) throw new Error('Not an event');
  const source = keptSource({ projectId: PROJECT, entryId: ENTRY_ID }, kept);
  return decodeEvent(source.raw, source.source);
}

describe('a kept entry', () => {
  test('has the same fields in the same order, whatever their names and bytes', () => {
    const names = fc.oneof(fc.constantFrom('2', '1', '__proto__', 'constructor', 'sig', ''), fc.string());
    const pair = fc.tuple(
      names,
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 8 }), (fields) => {
        const entry = entryOf(
          fields.map(([name, value]) => [Buffer.from(name).toString('utf8'), value] as const),
        );
        const { kept, bytes, format } = rawOfEntry(entry);
        expect([kept.length, format]).toEqual([bytes, 'entry']);
        const again = keptEntry(ENTRY_ID, kept);
        expect([...again.fields]).toEqual([...entry.fields]);
        expect(again).toEqual(entry);
      }),
      { numRuns: 300 },
    );
  });

  test('can have its signature checked again', () => {
    const fields: [string, Buffer][] = ['10', '9', '__proto__', 'p'].map((name) => [
      name,
      Buffer.from([0xff, 0]),
    ]);
    fields.push(['sig', Buffer.from(signFields(STREAM, fields, KEY))]);
    const again = keptEntry(ENTRY_ID, rawOfEntry(entryOf(fields)).kept);
    expect(verifyFields(STREAM, again.fields, KEY)).toBe(true);
  });

  test.each([RAW_MAX_BYTES - 1, RAW_MAX_BYTES, RAW_MAX_BYTES + 1, 9 << 20])(
    'with a value of %d bytes is cut at the limit and tells its full size',
    (size) => {
      const { kept, bytes } = rawOfEntry(
        entryOf([
          ['big', Buffer.alloc(size)],
          ['last', Buffer.from('x')],
        ]),
      );
      expect(kept.length).toBe(RAW_MAX_BYTES);
      expect(bytes).toBe(size + 'big'.length + 'last'.length + 1 + 16);
      const [first] = keptFields(kept);
      expect(first).toMatchObject({ name: 'big', bytes: size });
    },
  );

  test('that was cut anywhere is still shown as far as it goes', () => {
    const whole = rawOfEntry(
      entryOf([
        ['a', Buffer.from('one')],
        ['b', Buffer.from('two')],
      ]),
    ).kept;
    for (let length = 0; length <= whole.length; length++) {
      expect(keptFields(whole.subarray(0, length)).length).toBeLessThanOrEqual(2);
    }
  });
});

describe('a kept event', () => {
  const payload = '{"b":1e400,"a":"\\u0000"}';
  const header = (more: string): string =>
    `[{"event_type":"observation_start","trace_id":"t","observation_id":"o","name":1e999,"start_time":"2026-01-10T12:00:00.000001Z",
      "__proto__":{"x":1},"parent_observation_id":"p","usage":{"a":-1e999,"n":12345678901234567890},"metadata":"\\ud800",${more}
      "pl":[["input",${String(payload.length)}]]}]`;

  test('read again writes the very same, number, clock correction and version included', () => {
    const [stored] = batchOf(header(''), payload).events;
    expect(stored?.event.marks).toContain('clock_shifted');
    expect(readAgain(stored?.raw())).toEqual(stored?.event);
  });

  test('keeps a member called pl of a single-event entry, and what reading the entry did to it', () => {
    const fields: [string, string][] = [
      ['event_type', 'trace_start'],
      ['trace_id', 't'],
      ['timestamp', '1768046400.25'],
      ['data', `{"name":"n","pl":[["input",5]],"tags":["x"],"input":NaN,"end":1}`],
    ];
    const entry = entryOf(fields.map(([name, value]) => [name, Buffer.from(value)] as const));
    const { events } = decodeAdmitted(entry, { projectId: PROJECT, isSigned: false, isFromServer: false });
    expect(events[0]?.event).toMatchObject({ isSigned: false, marks: ['sanitised:non_finite'] });
    expect(readAgain(events[0]?.raw())).toEqual(events[0]?.event);
  });

  test('is refused again for the same reason', () => {
    const { refused } = batchOf(header('"end_time":"soon",').replace('_start"', '_error"'), payload);
    expect(refused).toMatchObject([{ index: 0, reason: 'bad_time' }]);
    expect(() => readAgain(refused[0]?.raw)).toThrow('end_time');
  });

  test('whose header no serialiser can write is described', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const { refused } = batchOf(header(`"deep":${deep},`), payload);
    const [only] = refused;
    expect(only?.reason).toBe('too_deep');
    const kept = only?.raw.kept ?? Buffer.alloc(0);
    if (only?.raw.format === 'text') expect(keptEvent(kept)).toBeNull();
    else expect(only?.raw.bytes).toBeGreaterThan(RAW_MAX_BYTES);
  });
});
