import { expect, test } from '@jest/globals';
import { EntryMemory } from './entry-memory.ts';

test('entries that follow each other share memory, those under way together never do', () => {
  const memory = new EntryMemory(1);
  const first = memory.lend();
  const meanwhile = memory.lend();
  expect(meanwhile.buffer).not.toBe(first.buffer);
  memory.giveBack(first);
  expect(memory.lend()).toBe(first);
  expect(memory.lend().buffer).not.toBe(first.buffer);
});

test('entries that leave together have their own each, and no more is kept for those that follow', () => {
  const memory = new EntryMemory(3);
  const writes = Array.from({ length: 4 }, () => {
    const lent = Array.from({ length: 5 }, () => memory.lend());
    expect(new Set(lent).size).toBe(5);
    for (const each of lent) memory.giveBack(each);
    return lent.slice(0, 3);
  });
  expect(new Set(writes.slice(1).flat()).size).toBe(3);
});
