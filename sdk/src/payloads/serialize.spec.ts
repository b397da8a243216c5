import { describe, expect, test } from '@jest/globals';
import { AIMessage, HumanMessage } from '@langchain/core/messages';
import fc from 'fast-check';
import { headerText, serialize } from './serialize.ts';

const KB = 1024;
const read = (value: unknown, maxBytes = 256 * KB): unknown => JSON.parse(serialize(value, maxBytes).text);

const depthOf = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
};

/** Values that make naive serialisers throw. */
const hostile = (): Record<string, unknown> => {
  const cyclic: Record<string, unknown> = { a: 1 };
  cyclic['self'] = { back: cyclic };
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const throwingProxy = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error('no keys');
      },
    },
  );
  const throwingGetter = Object.defineProperty({ fine: 1 }, 'bad', {
    enumerable: true,
    get: () => {
      throw new Error('no value');
    },
  });
  const badToJson = {
    toJSON: () => {
      throw new Error('no json');
    },
  };
  const deep: Record<string, unknown> = {};
  let level = deep;
  for (let i = 0; i < 5000; i += 1) level = level['x'] = {};
  return {
    cyclic,
    revoked: revoked.proxy,
    throwingProxy,
    throwingGetter,
    badToJson,
    deep,
    big: 12n,
    map: new Map<unknown, unknown>([['k', 1]]),
    odd: new Map([[{ k: 1 }, 2]]),
    set: new Set([1, 2]),
    nan: Number.NaN,
    infinite: -Infinity,
    symbol: Symbol('s'),
    fn: function named() {
      return 1;
    },
    error: new Error('boom', { cause: new TypeError('inner') }),
    aggregate: new AggregateError([new Error('one')], 'all'),
    buffer: Buffer.alloc(10),
    floats: new Float32Array([1.5, 2]),
    large: new Uint8Array(1e6),
    view: new DataView(new ArrayBuffer(8)),
    big64: new BigInt64Array([1n]),
    date: new Date(0),
    noDate: new Date(Number.NaN),
    regexp: /x/g,
    promise: Promise.resolve(1),
    weak: new WeakMap(),
    nul: 'a\u0000b',
    lone: '\ud800',
    url: new URL('http://x/y'),
    holes: [1, , 3], // eslint-disable-line no-sparse-arrays
    proto: JSON.parse('{"__proto__": {"polluted": true}}') as unknown,
  };
};

describe('serialising', () => {
  test('keeps plain JSON as JSON.stringify writes it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const { text, bytes, cuts } = serialize(value, 1024 * KB);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(bytes).toBe(Buffer.byteLength(text));
        expect(cuts).toEqual([]);
      }),
    );
  });

  test('of anything at all gives valid JSON within the cap, and never throws', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
      withObjectString: true,
    });
    fc.assert(
      fc.property(anything, fc.integer({ min: 200, max: 5000 }), (value, maxBytes) => {
        const { text, bytes } = serialize(value, maxBytes);
        expect(bytes).toBeLessThanOrEqual(maxBytes);
        expect(Buffer.byteLength(text)).toBe(bytes);
        expect(depthOf(JSON.parse(text))).toBeLessThanOrEqual(64);
        expect(text.isWellFormed()).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test.each(Object.keys(hostile()))('survives %s, alone and inside a state', (name) => {
    const value = hostile()[name];
    for (const given of [value, { [name]: value, intent: 'kept' }, [value]]) {
      for (const maxBytes of [200, 2000, 256 * KB]) {
        const { text } = serialize(given, maxBytes);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxBytes);
        expect(depthOf(JSON.parse(text))).toBeLessThanOrEqual(64);
      }
    }
    expect(read({ [name]: value, intent: 'kept' })).toMatchObject({ intent: 'kept' });
  });

  test('writes what JSON cannot say in a readable way', () => {
    const { cyclic, throwingGetter, map, odd, set, nan, big, fn, floats, buffer, date, error } = hostile();
    expect(read({ cyclic, throwingGetter, map, odd, set, nan, big, fn, floats, buffer, date })).toEqual({
      cyclic: { a: 1, self: { back: '[Circular: $.cyclic]' } },
      throwingGetter: { fine: 1, bad: '[Threw: no value]' },
      map: { k: 1 },
      odd: [[{ k: 1 }, 2]],
      set: [1, 2],
      nan: 'NaN',
      big: '12',
      fn: '[Function: named]',
      floats: [1.5, 2],
      buffer: '[Buffer: 10 bytes]',
      date: '1970-01-01T00:00:00.000Z',
    });
    expect(read(error)).toMatchObject({
      name: 'Error',
      message: 'boom',
      cause: { name: 'TypeError', message: 'inner' },
    });
    expect(read({ twice: set, again: set })).toEqual({ twice: [1, 2], again: [1, 2] });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('writes LangChain messages as type and content', () => {
    const call = { id: 'c1', name: 'search', args: { q: 'x' }, type: 'tool_call' as const };
    const messages = [new HumanMessage('hello'), new AIMessage({ content: 'hi', tool_calls: [call] })];
    expect(read({ messages })).toEqual({
      messages: [
        { type: 'human', content: 'hello' },
        { type: 'ai', content: 'hi', tool_calls: [call] },
      ],
    });
  });

  test('reads a value once and now: later changes do not show', () => {
    const state = { list: [1] };
    const { text } = serialize(state, KB);
    state.list.push(2);
    expect(JSON.parse(text)).toEqual({ list: [1] });
  });
});

describe('a value over the cap', () => {
  test('loses its largest parts, marked with path and original size, and keeps the small ones', () => {
    const state = {
      document: 'x'.repeat(100_000),
      intent: 'question',
      'odd key': { nested: 'y'.repeat(50_000) },
      n: 1,
    };
    const { text, cuts } = serialize(state, 8 * KB);
    expect(JSON.parse(text)).toMatchObject({
      intent: 'question',
      n: 1,
      document: {
        $cut: { path: '$.document', bytes: 100_002 },
        head: expect.stringMatching(/^x+$/) as unknown,
      },
      'odd key': { nested: { $cut: { path: '$["odd key"].nested', bytes: 50_002 } } },
    });
    expect(cuts).toEqual([
      { path: '$.document', bytes: 100_002 },
      { path: '$["odd key"].nested', bytes: 50_002 },
    ]);
  });

  test('keeps the beginning of a long list', () => {
    const { text, cuts } = serialize(
      Array.from({ length: 10_000 }, (_, i) => ({ i, text: 'some text' })),
      4 * KB,
    );
    const kept = JSON.parse(text) as { i?: number; $cut?: object }[];
    expect(kept.length).toBeGreaterThan(50);
    expect(kept[0]).toEqual({ i: 0, text: 'some text' });
    expect(kept.at(-1)?.$cut).toBeDefined();
    expect(cuts).toHaveLength(1);
  });

  test('stops reading numbers, too, when they are more than what fits', () => {
    const numbers = Array.from({ length: 25_000 }, (_, i) => i / 7);
    let reads = 0;
    Object.defineProperty(numbers, 24_000, { get: () => (reads += 1) });
    expect(serialize(numbers, 64 * 1024).cuts).not.toEqual([]);
    expect(reads).toBe(0);
  });

  test('keeps the first of very many fields, and the small neighbours of a huge list', () => {
    const many = Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`key${String(i)}`, i]));
    const fields = JSON.parse(serialize(many, 8 * KB).text) as Record<string, unknown>;
    expect(Object.keys(fields).length).toBeGreaterThan(200);
    expect(fields).toMatchObject({ key0: 0, $cut: { path: '$' } });
    const state = { embedding: Array.from({ length: 1e6 }, () => 0.123456789), intent: 'question' };
    const { text, cuts } = serialize(state, 64 * KB);
    expect(JSON.parse(text)).toMatchObject({ intent: 'question' });
    expect(cuts[0]?.path).toMatch(/^\$\.embedding\[\d+\]$/);
  });

  test('is cut below depth 64, and says where', () => {
    const { text, cuts } = serialize(hostile()['deep'], 256 * KB);
    expect(depthOf(JSON.parse(text))).toBeLessThanOrEqual(64);
    expect(cuts).toEqual([{ path: expect.stringMatching(/^\$(\.x){60,}$/) as unknown, bytes: null }]);
  });
});

test('header texts are well-formed, without NUL, and short', () => {
  expect(headerText('a\u0000b\ud800', 10)).toBe('a\ufffdb\ufffd');
  expect(headerText('x'.repeat(300), 200)).toHaveLength(200);
  expect(
    headerText(
      {
        toString: () => {
          throw new Error('no');
        },
      },
      200,
    ),
  ).toBe('[Unreadable]');
});

test.each([undefined, null, true])('a huge list of %s is read only as far as it may fit', (item) => {
  let reads = 0;
  const list = new Proxy(new Array<unknown>(5_000_000), {
    get: (target, key): unknown => {
      reads += 1;
      return key === 'length' || typeof key === 'symbol' ? Reflect.get(target, key) : item;
    },
  });
  expect(serialize(list, 64 * KB).bytes).toBeLessThanOrEqual(64 * KB);
  expect(reads).toBeLessThan(500_000);
});

test('fields without a value are not read without end', () => {
  let reads = 0;
  const getter = { enumerable: true, get: () => void (reads += 1) };
  const names = Array.from({ length: 50_000 }, (_, i) => `field${String(i)}`);
  const empty = Object.defineProperties({}, Object.fromEntries(names.map((name) => [name, getter])));
  expect(serialize(new Array<object>(50).fill(empty), 64 * KB).cuts).not.toEqual([]);
  expect(reads).toBeLessThan(2_000_000);
});
