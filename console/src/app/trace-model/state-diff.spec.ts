import { describe, expect, it } from '@jest/globals';

import { parsePayload, type JsonValue } from './json-value.ts';
import { diffStates, overlay, type DiffNode } from './state-diff.ts';

/** The marked paths: `+a.b`. */
function marks(before: JsonValue, after: JsonValue): string[] {
  const found: string[] = [];
  const walk = (node: DiffNode): void => {
    if (node.kind === 'inside') node.children.forEach(walk);
    else if (node.kind !== 'same')
      found.push(`${{ added: '+', removed: '-', changed: '~' }[node.kind]}${node.path}`);
  };
  walk(diffStates(before, after).root);
  return found;
}

function parsed(text: string): JsonValue {
  const result = parsePayload(text);
  if (!result) throw new Error('not JSON');
  return result.value;
}

describe('the state diff', () => {
  it('marks added, removed and changed keys and nothing else', () => {
    const before = { intent: null, user: { id: 'alice', seat: 'aisle' }, scratch: 1, budget: 10 };
    const after = {
      intent: 'booking',
      user: { seat: 'aisle', id: 'alice' },
      budget: 10,
      plan: { steps: [] },
    };
    expect(marks(before, after)).toEqual(['~intent', '-scratch', '+plan']);
  });

  it('never marks an untouched key, in whatever order its keys come', () => {
    const state = { a: { x: 1, y: [1, { z: null }] }, b: 'text', c: [] };
    expect(marks(state, { c: [], b: 'text', a: { y: [1, { z: null }], x: 1 } })).toEqual([]);
    expect(diffStates(state, state)).toMatchObject({ added: 0, removed: 0, changed: 0 });
  });

  it('points at the nested key that changed', () => {
    expect(
      marks({ memory: { facts: ['a'], seen: { at: 1 } } }, { memory: { facts: ['a'], seen: { at: 2 } } }),
    ).toEqual(['~memory.seen.at']);
  });

  it('sees an insertion in the middle of a list as one addition', () => {
    const items = Array.from({ length: 200 }, (_, i) => ({ role: 'user', content: `message ${i}` }));
    const longer = [...items.slice(0, 71), { role: 'tool', content: 'new' }, ...items.slice(71)];
    expect(marks({ messages: items }, { messages: longer })).toEqual(['+messages[71]']);
    expect(marks({ messages: longer }, { messages: items })).toEqual(['-messages[71]']);
  });

  it('looks into a list item that was replaced by a similar one', () => {
    const before = {
      messages: [
        { role: 'user', content: 'two nights' },
        { role: 'x', content: 'same' },
      ],
    };
    const after = {
      messages: [
        { role: 'user', content: 'three nights' },
        { role: 'x', content: 'same' },
      ],
    };
    expect(marks(before, after)).toEqual(['~messages[0].content']);
  });

  it('tells null from absent, and a number from its text', () => {
    expect(marks({ a: null }, {})).toEqual(['-a']);
    expect(marks({}, { a: null })).toEqual(['+a']);
    expect(marks({ a: 1 }, { a: '1' })).toEqual(['~a']);
    expect(marks({ a: [] }, { a: {} })).toEqual(['~a']);
  });

  it('compares numbers that JavaScript cannot hold by their text', () => {
    expect(marks(parsed('{"id": 9007199254740993}'), parsed('{"id": 9007199254740992}'))).toEqual(['~id']);
    expect(marks(parsed('{"id": 9007199254740993}'), parsed('{"id": 9007199254740993}'))).toEqual([]);
  });

  it('handles keys that look like parts of JavaScript objects', () => {
    expect(marks(parsed('{}'), parsed('{"__proto__": 1, "constructor": 2}'))).toEqual([
      '+__proto__',
      '+constructor',
    ]);
    expect(marks(parsed('{"a b": 1}'), parsed('{"a b": 2}'))).toEqual(['~["a b"]']);
  });

  it('compares very different long lists by position and says so', () => {
    const before = Array.from({ length: 3_000 }, (_, i) => `a${i}`);
    const after = Array.from({ length: 3_000 }, (_, i) => `b${i}`);
    const diff = diffStates({ list: before }, { list: after });
    expect(diff.byPosition).toBe(true);
    expect(diff.changed).toBe(3_000);
  });

  it('overlays the state before with what a node returned, leaving other keys alone', () => {
    const before = { intent: null, budget: 10, messages: ['hi'] };
    expect(marks(before, overlay(before, { intent: 'booking' }))).toEqual(['~intent']);
    expect(overlay(before, 'not an object')).toBe('not an object');
  });
});
