import { expect, test } from '@jest/globals';
import { isLogger, say, type SdkLogger } from './log.ts';

const rejecting = (lines: string[]): SdkLogger => {
  const write = (line: string): unknown => {
    lines.push(line);
    return Promise.reject(new Error('the log cannot be reached'));
  };
  return { info: write, warn: write, error: write };
};

test('a logger whose promises reject gets every line, and no rejection is left unhandled', async () => {
  const unhandled: unknown[] = [];
  const keep = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', keep);
  const lines: string[] = [];
  say(rejecting(lines), { level: 'warn', lines: ['one', 'two'] });
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', keep);
  expect(lines).toEqual(['one', 'two']);
  expect(unhandled).toEqual([]);
});

test('a function with the methods of a logger is one', () => {
  const write = (): void => undefined;
  expect(isLogger(Object.assign(() => undefined, { info: write, warn: write, error: write }))).toBe(true);
  expect(isLogger(() => undefined)).toBe(false);
});
