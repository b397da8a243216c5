import { describe, expect, test } from '@jest/globals';
import { isSampled } from './sampling.ts';
import { uuidV7 } from '../uuid-v7.ts';

const ids = Array.from({ length: 20_000 }, () => uuidV7());
const shareOf = (rate: number, of: readonly string[]): number =>
  of.filter((id) => isSampled(id, rate)).length / of.length;

describe('sampling by trace id', () => {
  test.each([0.01, 0.1, 0.5, 0.9])(
    'keeps about the share %d, also of ids that differ in one digit',
    (rate) => {
      const inOrder = Array.from({ length: 20_000 }, (_, i) => `order-${String(i)}`);
      // Six standard deviations.
      const slack = 6 * Math.sqrt((rate * (1 - rate)) / ids.length);
      expect(Math.abs(shareOf(rate, ids) - rate)).toBeLessThan(slack);
      expect(Math.abs(shareOf(rate, inOrder) - rate)).toBeLessThan(slack);
    },
  );

  test('keeps all at 1, none at 0, and at a higher rate whatever it kept at a lower one', () => {
    expect(shareOf(1, ids)).toBe(1);
    expect(shareOf(0, ids)).toBe(0);
    expect(ids.filter((id) => isSampled(id, 0.2) && !isSampled(id, 0.3))).toEqual([]);
  });

  test('decides the same for every way to write a UUID', () => {
    for (const id of ids.slice(0, 500)) {
      const kept = isSampled(id, 0.5);
      expect(isSampled(id.toUpperCase(), 0.5)).toBe(kept);
      expect(isSampled(id.replaceAll('-', ''), 0.5)).toBe(kept);
    }
  });

  test('decides what it always decided: other processes may run another version', () => {
    const known = ['0d7aa606-cb29-4a31-8a59-50fa61151a32', 'order-1', 'order-2', ''];
    expect(known.map((id) => [0.25, 0.5, 0.75].filter((rate) => isSampled(id, rate)))).toMatchInlineSnapshot(`
     [
       [
         0.5,
         0.75,
       ],
       [
         0.75,
       ],
       [
         0.5,
         0.75,
       ],
       [
         0.75,
       ],
     ]
    `);
  });
});
