import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CUT_MARK, JSON_MAX_DEPTH } from '../contract/index.ts';
import { TreeBuilder } from './json-tree.ts';
import { writeJson } from './json-writer.ts';
import { makeRedactor, REDACT_PATTERNS } from '../privacy/privacy-patterns.ts';
import { serialize } from './serialize.ts';
import { treeText } from './tree-node.ts';

const KB = 1024;
/** Always the same values: what fails here fails everywhere. Any other number is as good. */
const seed = 20_261_121;

const depthOf = (value: unknown): number =>
  typeof value !== 'object' || value === null ? 0 : 1 + Math.max(0, ...Object.values(value).map(depthOf));

const thrower = (text: string) => (): never => {
  throw new Error(text);
};

class Account {
  owner = 'joe';
  private readonly secret = 1n;
  get total(): number {
    throw new Error('not yet');
  }
  reveal(): bigint {
    return this.secret;
  }
}

class EndlessMap extends Map<string, number> {
  override *[Symbol.iterator](): MapIterator<[string, number]> {
    for (let i = 0; ; i += 1) yield [`k${String(i)}`, i];
  }
}

const selfReturning = { toJSON: (): unknown => selfReturning, a: 1 };

/** Always another object below: only a limit ends it. */
const bottomless = (): object => ({ get next() { return bottomless(); }, n: 1 }); // prettier-ignore

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '\ud800',
    'a\u0000b',
    '\udfff\ud800',
    '__proto__',
    'toJSON',
    CUT_MARK,
    'joe@example.org',
    '"\\\n',
  ),
  fc.integer({ min: 100, max: 3000 }).map((length) => '\u00e9"'.repeat(length)),
);

const scalar = fc.oneof(
  text,
  fc.double(),
  fc.bigInt(),
  fc.boolean(),
  fc.constantFrom(null, undefined, Number.NaN, -Infinity, -0, Symbol('s'), Symbol.iterator),
  fc.constantFrom(
    () => 1,
    class Empty {},
    async () => Promise.resolve(),
  ),
);

const leaf = fc.oneof(
  { weight: 4, arbitrary: scalar },
  fc.date({ noInvalidDate: false }),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.float32Array(),
  fc.bigInt64Array(),
  fc.constantFrom(
    ...[
      new Date(Number.NaN),
      /x/u,
      new WeakMap(),
      new URL('http://a/b'),
      Promise.resolve(1),
      Buffer.alloc(1e6),
    ],
    ...[
      new DataView(new ArrayBuffer(4)),
      new SharedArrayBuffer(4),
      new Error('e', { cause: 1n }),
      new Account(),
    ],
    ...[selfReturning, { toJSON: thrower('no json') }, { toJSON: () => undefined }, { toJSON: 1 }],
    ...[new AggregateError([new Error('one')]), Object.create(null), Object.create({ inherited: 1 })],
  ),
);

/** Also where the key is `__proto__`. */
const put = (value: object, key: string, item: unknown): object =>
  Object.defineProperty(value, key, { value: item, enumerable: true, configurable: true, writable: true });

/** Takes what is generated and makes it worse; what it returns may refer to itself. */
const twists: readonly ((value: Record<string, unknown>, key: string) => unknown)[] = [
  (value) => value,
  (value) => Object.values(value),
  (value) => new Map(Object.entries(value)),
  (value) => new Map(Object.entries(value).map(([key, item]) => [item, key])),
  (value) => new Set(Object.values(value)),
  (value, key) => put(value, key, value),
  (value, key) => put(put(value, key, [{ deeper: value }]), 'again', value),
  (value, key) =>
    Object.defineProperty(value, key, { enumerable: true, configurable: true, get: thrower(key) }),
  (value) => Object.freeze(value),
  (value) => new Proxy(value, {}),
  (value) => new Proxy(value, { get: thrower('get') }),
  (value) => new Proxy(value, { ownKeys: thrower('ownKeys') }),
  (value) => new Proxy(value, { getPrototypeOf: thrower('getPrototypeOf') }),
  (value) => new Proxy(Object.values(value), { get: (list, key) => Reflect.get(list, key) as unknown }),
  (value) => Object.assign(Object.create({ toJSON: () => ({ again: value }) }) as object, value),
  (value) => Object.assign([1, , 3], value), // eslint-disable-line no-sparse-arrays
  (value) => Object.assign(new Array<unknown>(5000), Object.values(value)),
  (value) => Object.assign(new Error('boom'), value),
  (value) => Object.assign(Object.create(null) as object, value),
  (value) => Object.assign(() => 1, value),
  () => bottomless(),
  (value) => Array.from({ length: 70 }).reduce<object>((inner) => ({ inner }), value),
];

const { anything } = fc.letrec<{ anything: unknown; node: unknown }>((tie) => ({
  anything: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, tie('node')),
  node: fc
    .tuple(fc.dictionary(text, tie('anything'), { maxKeys: 5 }), fc.constantFrom(...twists), text)
    .map(([value, twist, key]) => twist(value, key)),
}));

const caps = fc.constantFrom(200, 500, 2 * KB, 64 * KB);

/** Every mark in a JSON value. */
function marksIn(value: unknown): { path: unknown; bytes: unknown }[] {
  if (typeof value !== 'object' || value === null) return [];
  const mark: unknown = Reflect.get(value, CUT_MARK);
  const isMark = typeof mark === 'object' && mark !== null && 'path' in mark && 'bytes' in mark;
  const own = isMark ? [{ path: mark.path, bytes: mark.bytes }] : [];
  return [...own, ...Object.values(value).flatMap(marksIn)];
}

const assert = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(what);
};

function check(value: unknown, maxBytes: number, redactor?: ReturnType<typeof makeRedactor>): void {
  const { text: json, bytes, cuts } = serialize(value, maxBytes, redactor);
  assert(bytes <= maxBytes, 'is within the cap');
  assert(Buffer.byteLength(json) === bytes, 'says its true size');
  assert(json.isWellFormed(), 'is well-formed');
  const read: unknown = JSON.parse(json);
  assert(depthOf(read) <= JSON_MAX_DEPTH, 'is not too deep');
  const areListed = cuts.every(
    ({ path, bytes: size }) => path.startsWith('$') && (size === null || size > 0),
  );
  assert(areListed, 'lists cuts with path and size');
  // Where a mark itself went with what is around it, that is marked.
  assert(cuts.length === 0 || marksIn(read).length > 0, 'is marked where it was cut');
  assert(serialize(value, maxBytes, redactor).text === json, 'is the same each time');
  if (redactor !== undefined) assert(!json.includes('joe@example.org'), 'is redacted');
}

describe('10,000 values of the worst kinds', () => {
  test('are always valid JSON within the cap, cut with marks, alike each time, without an exception', () => {
    fc.assert(
      fc.property(anything, caps, (value, maxBytes) => check(value, maxBytes)),
      { numRuns: 8000, seed },
    );
  });

  test('are so with every pattern redacted, too', () => {
    const redactor = makeRedactor(REDACT_PATTERNS);
    fc.assert(
      fc.property(anything, caps, (value, maxBytes) => check(value, maxBytes, redactor)),
      { numRuns: 2000, seed },
    );
  });

  test('are written the same by the fast and the careful way, where the fast one can', () => {
    let compared = 0;
    fc.assert(
      fc.property(anything, (value) => {
        const written = writeJson(value, 64 * KB);
        if (written === undefined) return;
        compared += 1;
        expect(written.text).toBe(treeText(new TreeBuilder({ maxBytes: 64 * KB }).build(value)));
      }),
      { numRuns: 2000, seed },
    );
    expect(compared).toBeGreaterThan(500);
  });
});

test.each([globalThis, process, Object.prototype, Function.prototype, fc, new EndlessMap()])(
  'what programs hold by chance is written or cut, too (%#)',
  (value) => {
    for (const maxBytes of [200, 2 * KB, 256 * KB]) {
      const { text: json } = serialize({ value, intent: 'kept' }, maxBytes);
      expect(Buffer.byteLength(json)).toBeLessThanOrEqual(maxBytes);
      expect(JSON.parse(json)).toMatchObject({ intent: 'kept' });
    }
  },
);

test('no value is changed', () => {
  const plain = fc.object({ maxDepth: 4, withBigInt: true, withMap: true, withSet: true, withDate: true });
  fc.assert(
    fc.property(plain, caps, (value, maxBytes) => {
      const before = structuredClone(value);
      serialize(value, maxBytes, makeRedactor(REDACT_PATTERNS));
      expect(value).toEqual(before);
    }),
    { numRuns: 500, seed },
  );
});

test('a getter is called once where the value fits, and what it answers later changes nothing', () => {
  let calls = 0;
  const value = {
    get growing(): unknown {
      calls += 1;
      return calls === 1 ? 'first' : 10n ** 100_000n;
    },
  };
  expect(serialize(value, 64 * KB).text).toBe('{"growing":"first"}');
  expect(calls).toBe(1);
});

test('one long text in very many places is not looked through in each of them', () => {
  const long = 'x'.repeat(200 * KB);
  const value = { intent: 'kept', many: Array.from({ length: 150_000 }, () => long) };
  const { text: json, cuts } = serialize(value, 256 * KB, makeRedactor(REDACT_PATTERNS));
  expect(JSON.parse(json)).toMatchObject({ intent: 'kept' });
  expect(cuts.length).toBeGreaterThan(0);
});

test('ten thousand pieces of a wide and deep value are each marked where they stood', () => {
  const wide = Object.fromEntries(
    Array.from({ length: 300 }, (_, i) => [`k${String(i)}`, { body: 'y'.repeat(2000) }]),
  );
  const { text: json, cuts } = serialize({ wide, n: 1 }, 100 * KB);
  const marks = marksIn(JSON.parse(json));
  expect(marks).toHaveLength(300);
  expect(new Set(marks.map(({ path }) => path))).toEqual(new Set(cuts.map(({ path }) => path)));
  expect(marks[0]).toEqual({ path: '$.wide.k0.body', bytes: 2002 });
});
