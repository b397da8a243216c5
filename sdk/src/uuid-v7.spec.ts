import { expect, test } from '@jest/globals';
import { isoMicros, nowMs } from './clock.ts';
import { uuidV7 } from './uuid-v7.ts';

test('ids are valid UUIDv7, all different, and in the order of their milliseconds', () => {
  const ids = Array.from({ length: 10_000 }, (_, i) => uuidV7(1_700_000_000_000 + i));
  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(Array.from({ length: 10_000 }, () => uuidV7(5))).size).toBe(10_000);
});

test('times have microseconds, run forward, and agree with the wall clock', () => {
  expect(isoMicros(1_700_000_000_123.456)).toBe('2023-11-14T22:13:20.123456Z');
  const times = Array.from({ length: 1000 }, () => nowMs());
  expect([...times].sort((a, b) => a - b)).toEqual(times);
  const before = Date.now() - 1;
  const now = nowMs();
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(Date.now() + 1);
});
