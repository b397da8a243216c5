import { expect, test } from '@jest/globals';
import { ReadSize } from './read-size.ts';

const MB = 1024 * 1024;

test('reads start small and grow twofold, up to 2,000 entries', () => {
  const size = new ReadSize();
  const counts = [size.next];
  for (let n = 0; n < 10; n++) {
    size.saw([100]);
    counts.push(size.next);
  }
  expect(counts).toEqual([8, 16, 32, 64, 128, 256, 512, 1024, 2000, 2000, 2000]);
});

test('one large entry makes the next answer fit into 16 MB, and is forgotten slowly', () => {
  const size = new ReadSize();
  for (let n = 0; n < 20; n++) size.saw([100]);
  size.saw([100, 8 * MB]);
  expect(size.next).toBe(2);
  size.saw([100]);
  expect(size.next).toBe(2);
  for (let n = 0; n < 60; n++) size.saw([100]);
  expect(size.next).toBeGreaterThan(100);
});

test('after an unclean end entries come one at a time first', () => {
  expect(new ReadSize('unclean').next).toBe(1);
});

test('an entry larger than the limit still comes, alone', () => {
  const size = new ReadSize();
  size.saw([64 * MB]);
  expect(size.next).toBe(1);
});
