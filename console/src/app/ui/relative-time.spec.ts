import { describe, expect, it } from '@jest/globals';

import { absoluteTime, relativeTime, shortDateTime } from './relative-time.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');

describe('relative time', () => {
  it.each([
    [0, 'just now'],
    [999, 'just now'],
    [-5_000, 'just now'],
    [1_000, '1 second ago'],
    [5_400, '5 seconds ago'],
    [60_000, '1 minute ago'],
    [3_599_000, '59 minutes ago'],
    [7_200_000, '2 hours ago'],
    [86_400_000 * 6.9, '6 days ago'],
  ])('says %d ms as "%s"', (ageMs, text) => {
    expect(relativeTime(NOW - ageMs, NOW, 'long')).toBe(text);
  });

  it('has a short form', () => {
    expect(relativeTime(NOW - 5_400, NOW, 'short')).toBe('5 s ago');
    expect(relativeTime(NOW - 180_000, NOW, 'short')).toBe('3 min ago');
  });

  it('becomes a date after seven days', () => {
    const eightDays = NOW - 8 * 86_400_000;
    expect(relativeTime(eightDays, NOW, 'long')).toBe(shortDateTime(eightDays));
    expect(shortDateTime(eightDays, 'Europe/Zurich')).toBe('2026-11-12 13:00');
  });

  it('has an absolute form with UTC and the time as it was sent', () => {
    expect(absoluteTime('2026-11-20T12:00:00.123456Z')).toMatch(
      /^20 Nov 2026.*\n2026-11-20 12:00:00\.123 UTC\n2026-11-20T12:00:00\.123456Z$/,
    );
    expect(absoluteTime('not a time')).toBe('not a time');
  });
});
