import { describe, expect, it } from '@jest/globals';

import { diffRows, type DiffRow } from './diff-rows.ts';
import { diffStates } from './state-diff.ts';
import type { JsonValue } from './json-value.ts';

const CHANGED_ONLY = { showUnchanged: false, opened: new Set<string>() };

function rows(before: JsonValue, after: JsonValue, view = CHANGED_ONLY): DiffRow[] {
  return diffRows(diffStates(before, after).root, view);
}

function brief(row: DiffRow): string {
  const indent = '  '.repeat(row.depth);
  switch (row.kind) {
    case 'change':
      return `${indent}${row.mark} ${row.key} ${[row.before, row.after].map((parts) => parts.map((part) => (part.isChanged ? `«${part.text}»` : part.text)).join('')).join(' → ')}`;
    case 'fold':
      return `${indent}⋯ ${row.count} ${row.of}`;
    case 'more':
      return `${indent}… ${row.count}`;
    case 'detail':
      return `${indent}${row.mark}: ${row.key} ${row.text}`;
    case 'context':
    case 'same':
      return `${indent}${row.kind} ${row.key} ${row.text}`.trimEnd();
  }
}

describe('the rows of a state diff', () => {
  it('fold unchanged keys and show what surrounds a nested change', () => {
    const before = { a: 1, b: 2, user: { id: 'x', seat: 'aisle' }, c: 3 };
    const after = { a: 1, b: 2, user: { id: 'x', seat: 'window' }, c: 3 };
    expect(rows(before, after).map(brief)).toEqual([
      '⋯ 2 keys',
      'context user',
      '  ⋯ 1 keys',
      '  ~ seat "«aisle»" → "«window»"',
      '⋯ 1 keys',
    ]);
  });

  it('show the words of a text that changed', () => {
    const [row] = rows({ text: 'for two nights' }, { text: 'for three nights' });
    expect(row && brief(row)).toBe('~ text "for «two» nights" → "for «three» nights"');
  });

  it('show the content of an added value as details of its one change', () => {
    expect(rows({}, { plan: { steps: ['a', 'b'] } }).map(brief)).toEqual([
      '+ plan  → {1 key}',
      '  +: steps [2 items]',
      '    +: [0] "a"',
      '    +: [1] "b"',
    ]);
  });

  it('show what a scalar became, or was, in the same way', () => {
    expect(rows({ plan: null }, { plan: { steps: 1 } }).map(brief)).toEqual([
      '~ plan null → {1 key}',
      '  +: steps 1',
    ]);
    expect(rows({ plan: ['a'] }, { plan: 'x' }).map(brief)).toEqual([
      '~ plan [1 item] → "x"',
      '  -: [0] "a"',
    ]);
  });

  it('cut long additions until asked for', () => {
    const added = { list: Array.from({ length: 100 }, (_, i) => i) };
    const cut = rows({}, added);
    expect(cut).toHaveLength(42);
    const more = cut.at(-1);
    expect(more && brief(more)).toBe('  … 60');
    expect(rows({}, added, { showUnchanged: false, opened: new Set([more?.id ?? '']) })).toHaveLength(101);
  });

  it('open one fold, or all of them, without marking anything in them', () => {
    const state = { a: 1, b: { c: 2 } };
    const [fold] = rows(state, { ...state, d: 4 });
    expect(fold?.kind).toBe('fold');
    const opened = rows(
      state,
      { ...state, d: 4 },
      { showUnchanged: false, opened: new Set([fold?.id ?? '']) },
    );
    expect(opened.map(({ kind }) => kind)).toEqual(['same', 'same', 'change']);
    expect(rows(state, state, { showUnchanged: true, opened: new Set() }).map(({ kind }) => kind)).toEqual([
      'same',
      'same',
    ]);
  });

  it('have different ids, also when a key was removed from one place and added in another', () => {
    const ids = rows({ a: { x: 1 }, l: [1, 2, 3] }, { b: { x: 1 }, l: [3, 2, 1] }).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
