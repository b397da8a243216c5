import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, eventDigest, eventVersion, laterVersion } from './event-version.ts';

const digest = 'ffffffffffffffff';

test('versions order by time, then by number, then by content', () => {
  const base = eventVersion({ epochMs: 1000, micros: 5 }, 7, '0000000000000001');
  expect(base).toHaveLength(48);
  expect(eventVersion({ epochMs: 1000, micros: 6 }, 0, '0000000000000000') > base).toBe(true);
  expect(eventVersion({ epochMs: 1000, micros: 5 }, 8, '0000000000000000') > base).toBe(true);
  expect(eventVersion({ epochMs: 1000, micros: 5 }, 7, digest) > base).toBe(true);
  expect(laterVersion(null, base)).toBe(base);
});

test('versions hold every µs and every number exactly', () => {
  const hex16 = (value: bigint): string => value.toString(16).padStart(16, '0');
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 253_402_300_799_999 }),
      fc.integer({ min: 0, max: 999 }),
      fc.maxSafeNat(),
      (epochMs, micros, seq) => {
        const time = BigInt(epochMs) * 1000n + BigInt(micros);
        expect(eventVersion({ epochMs, micros }, seq, digest)).toBe(
          hex16(time) + hex16(BigInt(seq)) + digest,
        );
      },
    ),
  );
});

test('the digest does not depend on the order of keys, but on every value and every payload boundary', () => {
  const one = eventDigest({ a: 1, b: { c: 2, d: 3 } }, []);
  expect(eventDigest({ b: { d: 3, c: 2 }, a: 1 }, [])).toBe(one);
  expect(eventDigest({ a: 1, b: { c: 2, d: 4 } }, [])).not.toBe(one);
  const split = (first: string, second: string): string =>
    eventDigest({}, [
      { kind: 'input', bytes: Buffer.from(first) },
      { kind: 'output', bytes: Buffer.from(second) },
    ]);
  expect(split('12', '3')).not.toBe(split('1', '23'));
});

test('canonical JSON keeps lists in order and leaves out what is undefined', () => {
  expect(canonicalJson({ b: [2, 1], a: undefined, c: null })).toBe('{"b":[2,1],"c":null}');
});

test('canonical JSON tells apart what hides in a prototype', () => {
  const [one, other] = ['{"a":1,"__proto__":{"b":1}}', '{"a":1,"__proto__":{"b":2}}'].map((text) =>
    canonicalJson(JSON.parse(text)),
  );
  expect(one).not.toBe(other);
});
