import { expect, test } from '@jest/globals';
import { isDeeperThan, jsonTextFault } from './json-text.ts';

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

test('64 levels are allowed, 65 are not', () => {
  expect(jsonTextFault(Buffer.from(nested(64)))).toBeNull();
  expect(jsonTextFault(Buffer.from(nested(65)))).toBe('too_deep');
  expect(jsonTextFault(Buffer.from('{"a":['.repeat(33) + ']}'.repeat(33)))).toBe('too_deep');
  expect(jsonTextFault(Buffer.from('{"a":['.repeat(32) + ']}'.repeat(32)))).toBeNull();
});

test('many values beside each other are not deep', () => {
  expect(isDeeperThan(Buffer.from(`[${'[],'.repeat(500)}{}]`), 64)).toBe(false);
});

test('brackets inside strings do not count, whatever is escaped there', () => {
  expect(isDeeperThan(Buffer.from(JSON.stringify(`${'['.repeat(200)}\\"`)), 64)).toBe(false);
  expect(isDeeperThan(Buffer.from(`"\\\\"${nested(65)}`), 64)).toBe(true);
});

test('bytes that are not UTF-8 are refused', () => {
  expect(jsonTextFault(Buffer.from([0x22, 0xff, 0x22]))).toBe('invalid_utf8');
  expect(jsonTextFault(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]))).toBe('invalid_utf8');
});
