import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeEntry } from './entry-codec.ts';
import { encodeEntry, type EncodableEntry } from './entry-encoder.ts';
import { createApiKey, parseApiKey } from './api-key.ts';
import { PAYLOAD_KINDS, type PayloadKind } from './events.ts';
import { deriveSigningKey, signFields, verifyFields } from './signing.ts';

const projectId = '0d7aa606-cb29-4a31-8a59-50fa61151a32';
const counters = { accepted: 1, merged: 0, dropped: {}, config_version: 0 };
const sentAt = new Date('2026-01-02T03:04:05.678Z');

const asWire = (fields: readonly (string | Buffer)[]): Map<string, Buffer> => {
  const wire = new Map<string, Buffer>();
  for (let i = 0; i < fields.length; i += 2) wire.set(String(fields[i]), Buffer.from(fields[i + 1] ?? ''));
  return wire;
};

const entryOf = (events: EncodableEntry['events']): EncodableEntry => ({
  projectId,
  instanceId: 'i',
  seq: 7,
  counters,
  sentAt,
  events,
});
const sample = (): Map<string, Buffer> =>
  asWire(
    encodeEntry(
      entryOf([
        {
          header: { event_type: 'trace_start', trace_id: 't' },
          payloads: [
            ['input', '{"ä":1}'],
            ['meta', 'null'],
          ],
        },
        { header: { event_type: 'trace_end', trace_id: 't' }, payloads: [['output', '[2]']] },
      ]),
    ),
  );
const reasonOf = (fields: ReadonlyMap<string, Buffer>): string => {
  const result = decodeEntry(fields);
  return result.ok ? 'ok' : result.reason;
};
const changed = (name: string, value: string | Buffer | null): Map<string, Buffer> => {
  const fields = sample();
  if (value === null) fields.delete(name);
  else fields.set(name, Buffer.from(value));
  return fields;
};

describe('an encoded entry', () => {
  const jsonText = fc.json();
  const event = fc.record({
    header: fc.dictionary(
      fc.string().filter((key) => key !== 'pl' && key !== '__proto__'),
      fc.string(),
    ),
    payloads: fc.uniqueArray(fc.tuple(fc.constantFrom(...PAYLOAD_KINDS), jsonText), {
      selector: ([kind]) => kind,
    }),
  });

  test('decodes to the same headers, payload bytes, numbers and counters', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 20 }), (events) => {
        const result = decodeEntry(asWire(encodeEntry(entryOf(events))));
        if (!result.ok) throw new Error(result.detail);
        expect(result.entry).toMatchObject({
          projectId,
          instanceId: 'i',
          seq: 7,
          n: events.length,
          counters,
          sentAt,
        });
        const read = result.entry.events.map(({ header, payloads }) => ({
          header: JSON.stringify(header),
          payloads: payloads.map(({ kind, bytes }): [PayloadKind, string] => [kind, bytes.toString()]),
        }));
        const wellFormed = (text: string): string => Buffer.from(text).toString();
        expect(read).toEqual(
          events.map(({ header, payloads }) => ({
            header: JSON.stringify(JSON.parse(JSON.stringify(header))),
            payloads: payloads.map(([kind, text]) => [kind, wellFormed(text)]),
          })),
        );
      }),
      { numRuns: 200 },
    );
  });

  test('has all of its payloads and headers, however large they are', () => {
    const text = JSON.stringify('ä'.repeat(300_000));
    const header = { name: 'n'.repeat(200_000) };
    const events = [1, 2, 3].map((event) => ({
      header,
      payloads: [
        ['input', text],
        ['output', String(event)],
      ] as const,
    }));
    const result = decodeEntry(asWire(encodeEntry(entryOf(events))));
    if (!result.ok) throw new Error(result.detail);
    const read = result.entry.events.map(({ payloads }) => payloads.map(({ bytes }) => bytes.toString()));
    expect(read).toEqual([1, 2, 3].map((event) => [text, String(event)]));
  });

  test.each([
    ['unknown_version', 'v', '2'],
    ['unknown_version', 'v', null],
    ['unknown_encoding', 'enc', 'msgpack'],
    ['missing_project', 'project_id', null],
    ['missing_project', 'project_id', ''],
    ['invalid_header', 'instance_id', null],
    ['invalid_header', 'seq', '-1'],
    ['invalid_header', 'seq', '9007199254740993'],
    ['invalid_header', 'n', '3'],
    ['invalid_header', 'n', '101'],
    ['invalid_header', 'counters', '[]'],
    ['invalid_header', 'sent_at', 'yesterday'],
    ['invalid_header', 'sent_at', 'Jan 1 2026'],
    ['invalid_header', 'sent_at', '2026-02-30T00:00:00Z'],
    ['invalid_header', 'sent_at', '0'],
    ['invalid_header', 'h', '[{},1]'],
    ['invalid_header', 'h', '{'],
    ['invalid_header', 'h', Buffer.from([0x5b, 0xff, 0x5d])],
    ['invalid_header', 'h', '[{"pl":[["input",1],["input",2]]},{}]'],
    ['invalid_header', 'h', '[{"pl":[["secret",1]]},{}]'],
    ['bad_lengths', 'h', '[{"pl":[["input",9007199254740991]]},{}]'],
    ['bad_lengths', 'p', ''],
    ['bad_lengths', 'p', null],
    ['oversize', 'p', Buffer.alloc(8 * 1024 * 1024)],
  ])('is refused as %s when %s is %j', (reason, field, value) => {
    expect(reasonOf(sample())).toBe('ok');
    expect(reasonOf(changed(field, value))).toBe(reason);
  });

  test.each([
    ['2026-01-02T03:04:05.678Z', '2026-01-02T03:04:05.678Z'],
    ['2026-01-02T03:04:05.678901', '2026-01-02T03:04:05.678Z'],
    ['2026-01-02 03:04', '2026-01-02T03:04:00.000Z'],
    ['2026-01-02t05:04:05+02:00', '2026-01-02T03:04:05.000Z'],
  ])('takes %s, sent anywhere, as the moment %s', (text, moment) => {
    const result = decodeEntry(changed('sent_at', text));
    expect(result.ok ? result.entry.sentAt.toISOString() : result.detail).toBe(moment);
  });

  test('of any bytes is read or refused, never an exception', () => {
    const names = fc.constantFrom(...sample().keys());
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.json().map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(names, bytes), { minLength: 1, maxLength: 4 }), (changes) => {
        const fields = sample();
        for (const [name, value] of changes) fields.set(name, Buffer.from(value));
        expect(typeof decodeEntry(fields).ok).toBe('boolean');
      }),
      { numRuns: 500 },
    );
    expect(reasonOf(changed('h', `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`))).toBe('invalid_header');
  });
});

describe('a signature', () => {
  const signer = { keyId: 'abababababababab', streamName: 's', signingKey: deriveSigningKey('key') };
  const signed = (): Map<string, Buffer> =>
    asWire(encodeEntry(entryOf([{ header: {}, payloads: [['input', '1']] }]), signer));

  test('is accepted as written, on its stream, with its key only', () => {
    expect(verifyFields('s', signed(), signer.signingKey)).toBe(true);
    expect(verifyFields('t', signed(), signer.signingKey)).toBe(false);
    expect(verifyFields('s', signed(), deriveSigningKey('other'))).toBe(false);
    expect(verifyFields('s', sample(), signer.signingKey)).toBe(false);
  });

  test('covers every field, its name, value and place', () => {
    for (const name of signed().keys()) {
      const forged = signed();
      forged.set(name, Buffer.concat([forged.get(name) ?? Buffer.alloc(0), Buffer.from('x')]));
      expect([name, verifyFields('s', forged, signer.signingKey)]).toEqual([name, false]);
    }
    const reversed = new Map([...signed()].reverse());
    expect(verifyFields('s', reversed, signer.signingKey)).toBe(false);
    expect(signFields('s', [['ab', 'c']], signer.signingKey)).not.toBe(
      signFields('s', [['a', 'bc']], signer.signingKey),
    );
  });
});

describe('an API key', () => {
  const { apiKey, keyId } = createApiKey((size) => new Uint8Array(size).fill(7));

  test('tells its id, and a typing error is noticed', () => {
    expect(apiKey).toMatch(/^sws_[0-9a-f]{16}_[0-9a-f]{72}$/);
    expect(parseApiKey(apiKey)).toEqual({ keyId });
    expect(keyId).toBe('0707070707070707');
    for (const wrong of [
      '',
      'dev-api-key',
      apiKey.slice(1),
      `${apiKey}0`,
      apiKey.replace('_07', '_17'),
      ` ${apiKey}`,
    ]) {
      expect(parseApiKey(wrong)).toBeNull();
    }
  });
});
