import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { JsonText } from './json-text.ts';
import { isLike, MAX_BYTES_PER_CHAR, snapshotOf } from './snapshot.ts';

const plain = fc.oneof(
  fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ stringUnit: 'grapheme' })),
  fc.array(fc.jsonValue({ stringUnit: 'binary' })),
);

describe('a snapshot', () => {
  test('writes the same JSON as the value, within the bytes that follow from its characters', () => {
    fc.assert(
      fc.property(plain, (value) => {
        const text = JSON.stringify(value);
        const snapshot = snapshotOf(value, 1e6);
        if (snapshot === undefined) {
          expect(text).toContain('"toJSON"');
          return;
        }
        expect(JSON.stringify(snapshot.value)).toBe(text);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(snapshot.chars * MAX_BYTES_PER_CHAR);
      }),
      { numRuns: 2000 },
    );
  });

  test.each<[string, unknown, unknown]>([
    ['in a text', ['a\ud800'], ['a\ufffd']],
    ['in a key', { '\udc00': 1 }, { '\ufffd': 1 }],
    ['that is only spoken of', [String.raw`\ud800`], [String.raw`\ud800`]],
  ])('is written without a lone surrogate %s', (_where, value, expected) => {
    const snapshot = snapshotOf(value, 1000);
    const json = snapshot && new JsonText(snapshot);
    expect(JSON.parse(json?.text ?? '')).toEqual(expected);
    expect(json?.bytes).toBe(Buffer.byteLength(json?.text ?? ''));
  });

  test('is not made of an object with more fields than fit, and calls no more getters than may fit', () => {
    let calls = 0;
    const getter = { enumerable: true, get: () => (calls += 1) };
    const names = Array.from({ length: 100_000 }, (_, i) => `field${String(i)}`);
    const value = Object.defineProperties({}, Object.fromEntries(names.map((name) => [name, getter])));
    expect(snapshotOf(value, 8192)).toBeUndefined();
    expect(calls).toBeLessThan(8192);
  });

  test('is not made while objects inherit something that looks like a field of theirs', () => {
    Reflect.set(Object.prototype, 'inherited', 1);
    try {
      expect(snapshotOf({ a: 1 }, 1000)).toBeUndefined();
    } finally {
      Reflect.deleteProperty(Object.prototype, 'inherited');
    }
    expect(snapshotOf({ a: 1 }, 1000)?.value).toEqual({ a: 1 });
  });

  test('keeps a key that sets the prototype where it is assigned', () => {
    const text = '{"__proto__":{"a":{"b":1}}}';
    expect(JSON.stringify(snapshotOf(JSON.parse(text), 1000)?.value)).toBe(text);
  });

  test('keeps what was, whatever is changed later', () => {
    const value = { list: [1, { deep: 'a' }], text: 'b' };
    const snapshot = snapshotOf(value, 1000);
    const before = JSON.stringify(value);
    value.list.push(2);
    value.text = 'c';
    Object.assign(value.list[1] ?? {}, { deep: 'd' });
    expect(JSON.stringify(snapshot?.value)).toBe(before);
  });

  test('reads every property once and changes nothing', () => {
    let reads = 0;
    const value = Object.freeze({
      get counted() {
        reads += 1;
        return reads;
      },
    });
    expect(snapshotOf(value, 1000)?.value).toEqual({ counted: 1 });
    expect(reads).toBe(1);
  });

  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  test.each<[string, unknown]>([
    ['a text by itself', 'text'],
    ['a cycle', cyclic],
    ['a class instance', { when: new Date(0) }],
    ['a map', [new Map()]],
    ['a function', { run: () => 1 }],
    ['a list with ways of its own', new (class extends Array<number> {})(1, 2)],
    ['a BigInt', [1n]],
    ['NaN', { score: Number.NaN }],
    ['its own toJSON', { toJSON: 1 }],
    [
      'a getter that throws',
      {
        get bad() {
          throw new Error('no');
        },
      },
    ],
    [
      'a proxy that throws',
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no');
          },
        },
      ),
    ],
    ['more characters than asked for', ['x'.repeat(1001)]],
    ['more items than asked for', new Array(200).fill(1)],
    ['an endless sparse list', Object.assign([], { length: 4_294_967_295 })],
  ])('is not made of %s', (_what, value) => {
    expect(snapshotOf(value, 1000)).toBeUndefined();
  });
});

describe('a value that is like a snapshot', () => {
  const scalar = fc.constantFrom<unknown>(0, 1, 'a', 'b', '', true, false, null, undefined);
  const small = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      scalar,
      fc.array(tie('value'), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'toString'), tie('value'), {
        maxKeys: 2,
        noNullPrototype: true,
      }),
    ),
  })).value;

  test('has the same JSON, and none is like another', () => {
    let same = 0;
    fc.assert(
      fc.property(small, small, (value, other) => {
        const snapshot = snapshotOf(other, 1000);
        if (snapshot === undefined) return;
        const isSame = isLike(value, snapshot.value);
        if (isSame) same += 1;
        if (isSame) expect(JSON.stringify(value)).toBe(JSON.stringify(other));
        expect(isLike(other, snapshot.value)).toBe(true);
      }),
      { numRuns: 5000 },
    );
    expect(same).toBeGreaterThan(0);
  });

  const copy = snapshotOf({ a: { b: [1, 2] } }, 1000)?.value;
  test.each<[string, unknown]>([
    ['more fields', { a: { b: [1, 2] }, c: 1 }],
    ['fewer fields', {}],
    ['another order', { a: { b: [2, 1] } }],
    ['a longer list', { a: { b: [1, 2, 3] } }],
    ['another kind', { a: { b: { 0: 1, 1: 2 } } }],
    ['a list with ways of its own', { a: { b: new (class extends Array<number> {})(1, 2) } }],
    ['a class', { a: Object.assign(new Error(), { b: [1, 2] }) }],
    ['its own toJSON', { a: { b: [1, 2], toJSON: () => 1 } }],
  ])('is not one with %s', (_what, value) => {
    expect(isLike(value, copy)).toBe(false);
    expect(isLike({ a: { b: [1, 2] } }, copy)).toBe(true);
  });
});
