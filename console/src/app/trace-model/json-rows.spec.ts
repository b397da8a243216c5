import { describe, expect, it } from '@jest/globals';

import { binaryType, jsonRows, PAGE_ENTRIES } from './json-rows.ts';
import { parsePayload, type JsonValue } from './json-value.ts';

const CLOSED = { toggled: new Set<string>(), shown: new Map<string, number>() };

function value(text: string): JsonValue {
  return parsePayload(text)?.value ?? null;
}

describe('the rows of a JSON value', () => {
  it('open the first levels and keep deeper ones closed', () => {
    const rows = jsonRows({ a: { b: { c: 1 } } }, CLOSED);
    expect(rows.map(({ path, isOpen }) => [path, isOpen])).toEqual([
      ['a', true],
      ['a.b', false],
    ]);
  });

  it('follow what was toggled', () => {
    const rows = jsonRows({ a: { b: { c: 1 } } }, { ...CLOSED, toggled: new Set(['a.b']) });
    expect(rows.map(({ path }) => path)).toEqual(['a', 'a.b', 'a.b.c']);
    expect(jsonRows({ a: { b: 1 } }, { ...CLOSED, toggled: new Set(['a']) })).toHaveLength(1);
  });

  it('show long lists page by page', () => {
    const list = Array.from({ length: 250 }, (_, i) => i);
    const rows = jsonRows(list, CLOSED);
    expect(rows).toHaveLength(PAGE_ENTRIES + 1);
    expect(rows.at(-1)).toMatchObject({ kind: 'more', text: '150' });
    expect(jsonRows(list, { ...CLOSED, shown: new Map([['', 300]]) })).toHaveLength(250);
  });

  it('keep the digits of numbers that JavaScript cannot hold', () => {
    const rows = jsonRows(value('{"big": 9007199254740993, "huge": 1e400, "plain": 1.5}'), CLOSED);
    expect(rows.map(({ text }) => text)).toEqual(['9007199254740993', '1e400', '1.5']);
  });

  it('shorten long texts until asked for, and name encoded binary instead of showing it', () => {
    const long = 'word '.repeat(1_000);
    expect(jsonRows({ long }, CLOSED)[0]).toMatchObject({ fullChars: 5_000, isOpen: false });
    expect(jsonRows({ long }, { ...CLOSED, toggled: new Set(['long']) })[0]?.text).toBe(long);
    expect(binaryType(`data:image/png;base64,${'A'.repeat(5_000)}`)).toBe('image/png, base64');
    expect(binaryType('A'.repeat(5_000))).toBe('base64');
    expect(binaryType(long)).toBeNull();
  });

  it('show a bare value', () => {
    expect(jsonRows('hello', CLOSED)).toMatchObject([{ kind: 'string', text: 'hello', key: '' }]);
    expect(jsonRows(null, CLOSED)).toMatchObject([{ kind: 'null', text: 'null' }]);
  });
});
