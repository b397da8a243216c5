import { beforeEach, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { RedisTime } from './redis-time.ts';

const AHEAD_MS = 3_600_000;
const clock = { now: () => new Date(), nowMs: () => Date.now() };

let isAway: boolean;
let time: RedisTime;
beforeEach(() => {
  isAway = false;
  time = new RedisTime({ call: answer }, clock);
});

/** A Redis whose clock is an hour ahead. */
function answer(): Promise<unknown> {
  if (isAway) return Promise.reject(new Error('away'));
  const ms = Date.now() + AHEAD_MS;
  return Promise.resolve([String(Math.floor(ms / 1000)), String((ms % 1000) * 1000)]);
}

const aheadOf = (ms: number): number => ms - Date.now();

test('is what Redis says', async () => {
  expect(aheadOf(await time.nowMs())).toBeGreaterThan(AHEAD_MS - 1_000);
});

test('is the own clock while Redis has never answered, and as far ahead as it was when it is away', async () => {
  isAway = true;
  expect(aheadOf(await time.nowMs())).toBeLessThan(1_000);
  isAway = false;
  await time.nowMs();
  isAway = true;
  expect(aheadOf(await time.nowMs())).toBeGreaterThan(AHEAD_MS - 1_000);
});

test('says without asking which time has passed: never one that has not, and nothing before the first answer', async () => {
  expect(time.passedMs).toBe(-Infinity);
  await sleep(0);
  for (let count = 0; count < 100; count += 1) {
    const passedMs = time.passedMs;
    expect(passedMs).toBeLessThanOrEqual(Date.now() + AHEAD_MS);
    expect(passedMs).toBeGreaterThan(Date.now() + AHEAD_MS - 5_000);
  }
});
