import { describe, expect, test } from '@jest/globals';
import {
  clampTime,
  clockShiftMs,
  formatTime,
  parseEpochSeconds,
  parseTime,
  shiftTime,
  timeFromMs,
} from './event-time.ts';

const normal = (text: string): string | null => {
  const time = parseTime(text);
  return time === null ? null : formatTime(time);
};

describe('times as they are sent', () => {
  test.each([
    ['2025-11-05T12:34:56.789Z', '2025-11-05T12:34:56.789000Z'],
    ['2025-11-05T12:34:56.123456', '2025-11-05T12:34:56.123456Z'],
    ['2025-11-05T12:34:56.123456789Z', '2025-11-05T12:34:56.123456Z'],
    ['2025-11-05T12:34:56', '2025-11-05T12:34:56.000000Z'],
    ['2025-11-05 12:34:56+02:00', '2025-11-05T10:34:56.000000Z'],
    ['2025-11-05T00:30:00-0530', '2025-11-05T06:00:00.000000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000000Z'],
    ['1969-12-31T23:59:59.999999Z', '1969-12-31T23:59:59.999999Z'],
  ])('%s is %s', (sent, stored) => {
    expect(normal(sent)).toBe(stored);
  });

  test.each([
    '',
    'yesterday',
    '2025-13-01T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '1762345678',
    '2025-11-05T24:00:00Z',
    '2025-11-05T12:34:56+25:00',
    '9999-12-31T23:59:59-01:00',
    '+12025-01-01T00:00:00Z',
  ])('%p is no time', (sent) => {
    expect(parseTime(sent)).toBeNull();
  });

  test('epoch seconds keep their microseconds', () => {
    const time = parseEpochSeconds('1762345678.123456');
    expect(time && formatTime(time)).toBe('2025-11-05T12:27:58.123456Z');
    expect(parseEpochSeconds('1e9')).toBeNull();
    expect(parseEpochSeconds('-1')).toBeNull();
  });
});

test('ordering times stay between seven days before and one hour after arrival', () => {
  const received = Date.UTC(2026, 0, 10);
  expect(clampTime(timeFromMs(0), received)).toEqual(timeFromMs(received - 7 * 86_400_000));
  expect(clampTime(timeFromMs(received * 2), received)).toEqual(timeFromMs(received + 3_600_000));
  const inside = { epochMs: received - 1, micros: 7 };
  expect(clampTime(inside, received)).toBe(inside);
});

test('a time that orders is never before 1970, whatever entry it came in', () => {
  const received = 5;
  expect(clampTime(timeFromMs(-1), received)).toEqual(timeFromMs(0));
  expect(clampTime(timeFromMs(Date.UTC(1600, 0, 1)), received)).toEqual(timeFromMs(0));
  expect(clampTime(timeFromMs(0), received)).toEqual(timeFromMs(0));
});

test('a clock that is off by 55 minutes or more is corrected, a little drift is not', () => {
  expect(clockShiftMs(0, 55 * 60_000)).toBe(3_300_000);
  expect(clockShiftMs(7_200_000, 0)).toBe(-7_200_000);
  expect(clockShiftMs(0, 55 * 60_000 - 1)).toBe(0);
});

test('a time cannot be shifted out of the years that can be written', () => {
  expect(shiftTime(timeFromMs(Date.UTC(9999, 11, 31)), 10 * 86_400_000)).toBeNull();
});

test('a time is read the same after one of its day as after one of another', () => {
  const spellings = [
    '2025-11-05T12:34:56.789Z',
    '2025-11-05T12:34:56.789012Z',
    '2025-11-05T12:34:56.78901xZ',
    '2025-11-05T12:34:56.7+02:00',
    '2025-11-05T23:59:60.000Z',
    '2025-11-05T24:00:00.000Z',
    '2025-11-05T12:3x:56.789Z',
    '2025-11-05t12:34:56.789Z',
    '2025-11-05T12:34:56,789z',
    '2025-11-05T12:34:56.7+00',
    ' 2025-11-05T12:34:56.78Z',
  ];
  for (const text of spellings) {
    const [afterOther, afterSame] = ['1999-01-01T00:00:00.000Z', '2025-11-05T00:00:00.000Z'].map((before) => {
      parseTime(before);
      return parseTime(text);
    });
    expect([text, afterSame]).toEqual([text, afterOther]);
  }
});
