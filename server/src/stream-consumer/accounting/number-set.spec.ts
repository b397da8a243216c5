import { expect, test } from '@jest/globals';
import { NumberSet } from './number-set.ts';

test('numbers that come in order are one span', () => {
  const set = NumberSet.parse('{}');
  for (let number = 1; number <= 500; number += 5) set.add(number, number + 5);
  expect(set.toString()).toBe('{[1,501)}');
  expect(set.count).toBe(500);
});

test('an empty set has nothing, and no holes', () => {
  const set = NumberSet.parse('{}');
  expect([set.count, set.has(1), set.overlaps(1, 10)]).toEqual([0, false, false]);
  expect(set.forgetHoles(0)).toEqual({ count: 0, below: 0 });
  expect(set.toString()).toBe('{}');
});

test('numbers of 53 bits survive the way to the database and back', () => {
  const text = `{[1,4),[${String(Number.MAX_SAFE_INTEGER - 3)},${String(Number.MAX_SAFE_INTEGER)})}`;
  const set = NumberSet.parse(text);
  expect(set.toString()).toBe(text);
  expect(set.count).toBe(6);
});

test('only the oldest holes are closed, and their numbers are told', () => {
  const set = NumberSet.parse('{[3,5),[8,10),[11,12),[20,21)}');
  expect(set.forgetHoles(4)).toEqual({ count: 0, below: 0 });
  expect(set.forgetHoles(2)).toEqual({ count: 5, below: 8 });
  expect(set.toString()).toBe('{[1,10),[11,12),[20,21)}');
  expect(set.forgetHoles(0)).toEqual({ count: 9, below: 20 });
  expect(set.toString()).toBe('{[1,21)}');
});

test('holes that are filled later leave no trace', () => {
  const set = NumberSet.parse('{[1,3),[5,6),[9,10)}');
  set.add(3, 9);
  expect(set.toString()).toBe('{[1,10)}');
  expect(set.count).toBe(9);
});

function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test('it agrees with a plain set of numbers over random additions', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = randomFrom(seed);
    const plain = new Set<number>();
    let set = NumberSet.parse('{}');
    for (let step = 0; step < 40; step++) {
      const start = 1 + random(120);
      const after = start + 1 + random(12);
      const numbers = Array.from({ length: after - start }, (_, index) => start + index);
      expect(set.overlaps(start, after)).toBe(numbers.some((number) => plain.has(number)));
      set.add(start, after);
      for (const number of numbers) plain.add(number);
      if (random(4) === 0) set = NumberSet.parse(set.toString());
    }
    expect(set.count).toBe(plain.size);
    for (let number = 1; number < 140; number++) expect(set.has(number)).toBe(plain.has(number));
  }
});
