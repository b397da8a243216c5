import { expect, test } from '@jest/globals';
import { examineClocks } from './clock-check.ts';
import { findingLine } from './report.ts';

const judge = (server: number | undefined, redis?: number): string => {
  const finding = examineClocks([
    { whose: 'the server', aheadMs: server },
    { whose: 'Redis', aheadMs: redis },
  ]);
  return finding === undefined ? '' : findingLine(finding);
};

test.each([
  [4_999, 0, /^✔/],
  [-5_001, 0, /^⚠ clock: this machine is 5 s ahead of the server/],
  [0, 300_000, /^⚠ clock: this machine is 5 min behind Redis/],
  [55 * 60_000 - 1, 0, /^⚠/],
  [55 * 60_000, 0, /^✖ .* are shifted and marked → /],
])('the server %s ms ahead, Redis %s ms', (server, redis, line) => {
  expect(judge(server, redis)).toMatch(line);
});

test('nothing is said where nobody told the time', () => {
  expect(judge(undefined)).toBe('');
});
