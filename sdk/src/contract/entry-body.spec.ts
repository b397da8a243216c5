import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EntryBody } from './entry-body.ts';

const WIDE = '{"ä🚀":"→"}';

test('payloads are their texts in UTF-8, whatever the memory, what stands beside them and what is known of them', () => {
  const text = fc.oneof(fc.constant(WIDE), fc.constant('"plain"'), fc.json());
  const payload = fc.record({ text, isMeasured: fc.boolean() });
  fc.assert(
    fc.property(fc.array(payload, { maxLength: 30 }), fc.nat({ max: 300 }), (payloads, size) => {
      const body = new EntryBody(Buffer.alloc(size, 0xff));
      const expected = payloads.map(({ text: each }) => Buffer.from(each));
      const told = payloads.map(({ text: each, isMeasured }) =>
        body.addPayload(each, isMeasured ? Buffer.byteLength(each) : undefined),
      );
      body.addHeader({ name: 'ü' });
      expect(told).toEqual(expected.map(({ length }) => length));
      const { n, h, p } = body.written();
      expect(p.equals(Buffer.concat(expected))).toBe(true);
      expect([n, h.toString()]).toEqual([1, '[{"name":"ü"}]']);
    }),
    { numRuns: 500 },
  );
});

test('payloads that are taken back leave no trace, and are written anew', () => {
  const body = new EntryBody(Buffer.alloc(64));
  body.addPayload('1');
  const before = body.payloadBytes;
  body.addPayload(WIDE);
  body.addPayload(WIDE);
  body.cutTo(before);
  body.addPayload(WIDE);
  expect(body.written().p.toString()).toBe(`1${WIDE}`);
});

test('what failed is forgotten where it is taken back', () => {
  const body = new EntryBody(Buffer.alloc(64));
  body.addPayload('1');
  const before = body.payloadBytes;
  body.addPayload(WIDE, 1);
  body.cutTo(before);
  body.addPayload('2');
  expect(body.written().p.toString()).toBe('12');
  body.addPayload(WIDE, 1);
  body.cutTo(body.payloadBytes);
  expect(() => body.written()).toThrow(RangeError);
});

test.each([
  ['fewer', WIDE, 3],
  ['more', '"plain"', 100],
])(
  'a payload said to have %s bytes than it has fails the entry, also where it is repeated',
  (_, text, bytes) => {
    for (const size of [0, bytes, 10, 1000]) {
      const first = new EntryBody(Buffer.alloc(size));
      first.addPayload(text, bytes);
      expect(() => first.written()).toThrow(RangeError);
    }
    const repeated = new EntryBody(Buffer.alloc(1000));
    repeated.addPayload(text);
    repeated.addPayload(text, bytes);
    expect(() => repeated.written()).toThrow(RangeError);
  },
);
