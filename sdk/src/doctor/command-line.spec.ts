import { expect, test } from '@jest/globals';
import { readCommandLine } from './command-line.ts';

test('flags are read, with defaults', () => {
  const defaults = { kind: 'doctor', isJson: false, timeoutMs: 10_000, envFile: undefined };
  expect(readCommandLine(['doctor'])).toEqual(defaults);
  expect(readCommandLine(['doctor', '--json', '--timeout', '2.5', '--env-file=.env'])).toEqual({
    ...defaults,
    isJson: true,
    timeoutMs: 2500,
    envFile: '.env',
  });
  expect(readCommandLine(['doctor', '-h'])).toEqual({ kind: 'help' });
  expect(readCommandLine(['--version'])).toEqual({ kind: 'version' });
});

test.each([
  [[], /missing/],
  [['nurse'], /unknown: nurse/],
  [['doctor', 'now'], /unknown: doctor now/],
  [['doctor', '--fast'], /--fast/],
  [['doctor', '--timeout', '0'], /from 1 to 600/],
  [['doctor', '--timeout', 'soon'], /from 1 to 600/],
])('%j is a misuse that says why', (args, reason) => {
  expect(readCommandLine(args)).toEqual({ kind: 'misuse', reason: expect.stringMatching(reason) });
});
