import { expect, test } from '@jest/globals';
import { startOfDay } from './local-day.ts';

test.each([
  ['UTC', '2026-01-15T12:00:00.000Z', '2026-01-15T00:00:00.000Z'],
  ['Europe/Zurich', '2026-01-15T12:00:00.500Z', '2026-01-14T23:00:00.000Z'],
  ['Europe/Zurich', '2026-01-15T23:30:00.000Z', '2026-01-15T23:00:00.000Z'],
  ['Asia/Kathmandu', '2026-01-15T18:14:59.000Z', '2026-01-14T18:15:00.000Z'],
  ['Asia/Kathmandu', '2026-01-15T18:15:00.000Z', '2026-01-15T18:15:00.000Z'],
  ['Pacific/Kiritimati', '2026-01-15T12:00:00.000Z', '2026-01-15T10:00:00.000Z'],
  ['America/Los_Angeles', '2026-01-15T02:00:00.000Z', '2026-01-14T08:00:00.000Z'],
])('in %s the day of %s began at %s', (zone, now, start) => {
  expect(startOfDay(zone, Date.parse(now)).toISOString()).toBe(start);
});

test('on the days the clock is changed, midnight is the one before the change', () => {
  expect(startOfDay('Europe/Zurich', Date.parse('2026-03-29T10:00:00Z')).toISOString()).toBe(
    '2026-03-28T23:00:00.000Z',
  );
  expect(startOfDay('Europe/Zurich', Date.parse('2026-10-25T10:00:00Z')).toISOString()).toBe(
    '2026-10-24T22:00:00.000Z',
  );
});
