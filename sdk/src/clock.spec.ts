import { afterEach, expect, jest, test } from '@jest/globals';
import { isoMicros, nowMs } from './clock.ts';

const wallClock = Date.now.bind(Date);

function stepWallClock(ms: number): void {
  jest.spyOn(Date, 'now').mockImplementation(() => wallClock() + ms);
}

/** As where the machine gives the processor to others between reading one clock and the other. */
function putAsideOnce(ms: number): void {
  jest.spyOn(Date, 'now').mockImplementationOnce(() => {
    const until = performance.now() + ms;
    while (performance.now() < until);
    return wallClock();
  });
}

afterEach(() => {
  jest.restoreAllMocks();
  nowMs();
});

test('times have microseconds, run forward, and agree with the wall clock', () => {
  expect(isoMicros(1_700_000_000_123.456)).toBe('2023-11-14T22:13:20.123456Z');
  const times = Array.from({ length: 1000 }, () => nowMs());
  expect([...times].sort((a, b) => a - b)).toEqual(times);
  // Steps of more than 50 ms are followed.
  const before = wallClock() - 51;
  const now = nowMs();
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(wallClock() + 51);
});

test('a process that is put aside between the two clocks sees time run forward, and no two times alike', () => {
  const times = Array.from({ length: 20 }, () => {
    putAsideOnce(60);
    return [nowMs(), nowMs()];
  }).flat();
  expect(new Set(times).size).toBe(times.length);
  expect([...times].sort((a, b) => a - b)).toEqual(times);
});

test.each([3_600_000, -3_600_000])('a step of the wall clock by %i ms is followed', (ms) => {
  const before = nowMs();
  stepWallClock(ms);
  // Where the process is put aside between the two clocks, the next look follows.
  const isFollowed = (): boolean => Math.abs(nowMs() - before - ms) < 60_000;
  expect(Array.from({ length: 100 }, isFollowed)).toContain(true);
});
