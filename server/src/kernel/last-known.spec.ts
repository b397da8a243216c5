import { beforeEach, expect, test } from '@jest/globals';
import { LastKnown } from './last-known.ts';

let nowMs: number;
let cache: LastKnown<string>;
beforeEach(() => {
  nowMs = 1_000_000;
  const clock = { now: () => new Date(nowMs), nowMs: () => nowMs };
  cache = new LastKnown(clock, {
    freshMs: 100,
    maxAgeMs: 60_000,
    patienceMs: 50,
    pauseMs: 1_000,
    maxEntries: 2,
  });
});

const answers = (value: string | null) => () => Promise.resolve(value);
const fails = () => Promise.reject(new Error('away'));
const never = () => new Promise<string>(() => undefined);

test('a fresh answer is given without asking', async () => {
  await cache.get('a', answers('one'));
  expect(await cache.get('a', answers('two'))).toBe('one');
  nowMs += 100;
  expect(await cache.get('a', answers('two'))).toBe('two');
});

test('while answers fail or do not come, the last one is given', async () => {
  await cache.get('a', answers('one'));
  nowMs += 100;
  expect(await cache.get('a', fails)).toBe('one');
  nowMs += 1_000;
  expect(await cache.get('a', never)).toBe('one');
});

test('after a failure nobody is asked for a while, then again', async () => {
  await cache.get('a', answers('one'));
  nowMs += 100;
  await cache.get('a', fails);
  expect(await cache.get('a', answers('two'))).toBe('one');
  nowMs += 1_000;
  expect(await cache.get('a', answers('two'))).toBe('two');
});

test('what is too old, was never known or is known not to exist does not stand in', async () => {
  await expect(cache.get('a', fails)).rejects.toThrow('away');
  await cache.get('a', answers('one'));
  nowMs += 60_001;
  await expect(cache.get('a', fails)).rejects.toThrow('away');
  await cache.get('a', answers('one'));
  nowMs += 100;
  expect(await cache.get('a', answers(null))).toBeNull();
  await expect(cache.get('a', fails)).rejects.toThrow('away');
});

test('it keeps no more than it may, the newest, and forgets on request', async () => {
  for (const key of ['a', 'b', 'c']) await cache.get(key, answers(key));
  await expect(cache.get('a', fails)).rejects.toThrow('away');
  expect(await cache.get('c', fails)).toBe('c');
  cache.forget('b');
  await expect(cache.get('b', fails)).rejects.toThrow('away');
});
