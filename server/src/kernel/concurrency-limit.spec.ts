import { expect, test } from '@jest/globals';
import { ConcurrencyLimit } from './concurrency-limit.ts';

test('runs so many at once, lets so many wait in order, and refuses the rest', async () => {
  const limit = new ConcurrencyLimit(2, 1);
  const finish: Array<() => void> = [];
  const started: number[] = [];
  const task = (id: number) =>
    limit.run(() => {
      started.push(id);
      return new Promise<number>((resolve) => finish.push(() => resolve(id)));
    });
  const [first, second, third] = [task(1), task(2), task(3)];
  await expect(task(4)).rejects.toMatchObject({ kind: 'unavailable', retryAfterSeconds: 1 });
  expect(started).toEqual([1, 2]);
  finish[0]?.();
  expect(await first).toBe(1);
  await new Promise(setImmediate);
  expect(started).toEqual([1, 2, 3]);
  finish[1]?.();
  finish[2]?.();
  expect(await Promise.all([second, third])).toEqual([2, 3]);
});

test('a failing task makes room too', async () => {
  const limit = new ConcurrencyLimit(1, 0);
  await expect(limit.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await limit.run(() => Promise.resolve('yes'))).toBe('yes');
});
