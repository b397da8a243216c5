import { expect, test } from '@jest/globals';
import { BreakerOpenError } from './breaker.ts';
import { failureKindOf } from './store-failure.ts';

const withCode = (code: string): Error => Object.assign(new Error('no'), { code });

test.each([
  ['an undefined table', withCode('42P01'), 'schema'],
  ['a full disk', withCode('53100'), 'database'],
  ['a deadlock', withCode('40P01'), 'database'],
  ['an SQLSTATE nobody has heard of', withCode('ZZ999'), 'database'],
  ['a refused connection', withCode('ECONNREFUSED'), 'database'],
  ['a lost connection', new Error('Connection terminated unexpectedly'), 'database'],
  ['an answer that does not come', new Error('Query read timeout'), 'database'],
  ['the breaker', new BreakerOpenError('no'), 'breaker'],
  ['a mistake of ours', new TypeError('x is not a function'), 'unexpected'],
])('%s is told apart', (_, error, kind) => {
  expect(failureKindOf(error)).toBe(kind);
});
