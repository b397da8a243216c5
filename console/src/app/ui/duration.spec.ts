import { describe, expect, it } from '@jest/globals';

import { formatBytes, formatDuration, formatTicking } from './duration.ts';

describe('durations and sizes', () => {
  it.each([
    [0, '0 ms'],
    [0.42, '0.4 ms'],
    [9.96, '10 ms'],
    [123.4, '123 ms'],
    [999.6, '1.00 s'],
    [4_210, '4.21 s'],
    [59_999, '1m 00s'],
    [192_000, '3m 12s'],
    [7_500_000, '2h 05m'],
  ])('says %d ms as "%s"', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('ticks in whole seconds and never below zero', () => {
    expect(formatTicking(14_900)).toBe('14 s');
    expect(formatTicking(-200)).toBe('0 s');
    expect(formatTicking(61_000)).toBe('1m 01s');
  });

  it('says sizes in decimal units', () => {
    expect([812, 12_345, 1_200_000].map(formatBytes)).toEqual(['812 B', '12.3 kB', '1.2 MB']);
  });
});
