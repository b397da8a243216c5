import { expect, test } from '@jest/globals';
import { ENTRY_CLOSE_BYTES } from '../contract/index.ts';
import { EntryMemory } from './entry-memory.ts';

test('entries that follow each other share memory, those under way together never do', () => {
  const memory = new EntryMemory(1);
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

test('entries that leave together have their own each, and no more is made for those that follow', () => {
  const memory = new EntryMemory(3);
  const writes = Array.from({ length: 4 }, () => {
    const borrowed = Array.from({ length: 3 }, () => memory.borrow());
    const parts = borrowed.map(({ allocate }, entry) => allocate(1000).fill(entry));
    expect(parts.map((part) => [...new Set(part)])).toEqual([[0], [1], [2]]);
    const beyond = memory.borrow();
    expect(parts.map(({ buffer }) => buffer)).not.toContain(beyond.allocate(10).buffer);
    for (const { free } of [beyond, ...borrowed]) free();
    return parts.map(({ buffer }) => buffer);
  });
  expect(new Set(writes.flat()).size).toBe(3);
});

test('a large entry has memory of its own', () => {
  const memory = new EntryMemory(1);
  const large = memory.borrow().allocate(4 * ENTRY_CLOSE_BYTES);
  expect(large).toHaveLength(4 * ENTRY_CLOSE_BYTES);
  expect(memory.borrow().allocate(10).buffer).not.toBe(large.buffer);
});
