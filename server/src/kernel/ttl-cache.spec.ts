import { expect, test } from '@jest/globals';
import { TtlCache } from './ttl-cache.ts';

function cacheAt(start = 0) {
  const time = { ms: start };
  const clock = { now: () => new Date(time.ms), nowMs: () => time.ms };
  return { time, cache: new TtlCache<string>(clock, { ttlMs: 5_000, missingTtlMs: 1_000, maxEntries: 2 }) };
}

function counted(answer: string | null) {
  const loads = { count: 0 };
  const load = () => {
    loads.count += 1;
    return Promise.resolve(answer);
  };
  return { loads, load };
}

test('a value is loaded once and again after its time', async () => {
  const { time, cache } = cacheAt();
  const { loads, load } = counted('x');
  expect(await Promise.all([cache.get('k', load), cache.get('k', load)])).toEqual(['x', 'x']);
  time.ms = 4_999;
  await cache.get('k', load);
  expect(loads.count).toBe(1);
  time.ms = 5_000;
  await cache.get('k', load);
  expect(loads.count).toBe(2);
});

test('a missing value is asked for sooner', async () => {
  const { time, cache } = cacheAt();
  const { loads, load } = counted(null);
  await cache.get('k', load);
  time.ms = 999;
  await cache.get('k', load);
  expect(loads.count).toBe(1);
  time.ms = 1_000;
  await cache.get('k', load);
  expect(loads.count).toBe(2);
});

test('a failed load is not kept', async () => {
  const { cache } = cacheAt();
  await expect(cache.get('k', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  expect(await cache.get('k', () => Promise.resolve('back'))).toBe('back');
});

test('an evicted value is loaded again, and the oldest goes when there are too many', async () => {
  const { cache } = cacheAt();
  const { loads, load } = counted('x');
  await cache.get('a', load);
  cache.evict('a');
  await cache.get('a', load);
  expect(loads.count).toBe(2);
  await cache.get('b', load);
  await cache.get('c', load);
  await cache.get('a', load);
  expect(loads.count).toBe(5);
});
