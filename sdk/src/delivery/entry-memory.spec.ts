import { expect, test } from '@jest/globals';
import { ENTRY_CLOSE_BYTES } from '../contract/index.ts';
import { EntryMemory } from './entry-memory.ts';

test('entries that follow each other share memory, those under way together never do', () => {
  const memory = new EntryMemory();
  const first = memory.borrow();
  const bytes = first.allocate(100).fill(1);
  const meanwhile = memory.borrow().allocate(100).fill(2);
  expect([...new Set(bytes)]).toEqual([1]);
  expect(meanwhile.buffer).not.toBe(bytes.buffer);
  first.free();
  const next = memory.borrow();
  expect(next.allocate(50).buffer).toBe(bytes.buffer);
  // What was given back twice, or never borrowed, frees nobody else's.
  first.free();
  expect(memory.borrow().allocate(50).buffer).not.toBe(bytes.buffer);
});

test('a large entry has memory of its own', () => {
  const memory = new EntryMemory();
  const large = memory.borrow().allocate(4 * ENTRY_CLOSE_BYTES);
  expect(large).toHaveLength(4 * ENTRY_CLOSE_BYTES);
  expect(memory.borrow().allocate(10).buffer).not.toBe(large.buffer);
});
