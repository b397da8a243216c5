import { expect, test } from '@jest/globals';
import { EntryMemory } from './entry-memory.ts';

test('entries that follow each other share memory, those under way together never do', () => {
  const memory = new EntryMemory(1);
  const first = memory.lend();
  const meanwhile = memory.lend();
  expect(meanwhile.memory.buffer).not.toBe(first.memory.buffer);
  first.free();
  expect(memory.lend().memory).toBe(first.memory);
  // What was given back before frees nobody else's.
  first.free();
  expect(memory.lend().memory.buffer).not.toBe(first.memory.buffer);
});

test('entries that leave together have their own each, and no more is kept for those that follow', () => {
  const memory = new EntryMemory(3);
  const writes = Array.from({ length: 4 }, () => {
    const lent = Array.from({ length: 5 }, () => memory.lend());
    expect(new Set(lent.map((each) => each.memory)).size).toBe(5);
    for (const { free } of lent) free();
    return lent.slice(0, 3).map((each) => each.memory);
  });
  expect(new Set(writes.slice(1).flat()).size).toBe(3);
});
