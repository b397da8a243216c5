import { expect, test } from '@jest/globals';
import { BreakerOpenError } from './breaker.ts';
import { failureKindOf, type FailureKind, pauseAfterMs } from './store-failure.ts';

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

/** The shortest and the longest of many pauses. */
function pausesMs(kind: FailureKind, failures: number): { least: number; most: number } {
  const pauses = Array.from({ length: 500 }, () => pauseAfterMs(kind, failures));
  return { least: Math.min(...pauses), most: Math.max(...pauses) };
}

test.each(['database', 'unexpected'] as const)(
  '%s is tried again after 0.1 to 1 s, soon at first',
  (kind) => {
    for (const failures of [0, 1, 2, 3, 10, 100_000]) {
      const { least, most } = pausesMs(kind, failures);
      expect(least).toBeGreaterThanOrEqual(100);
      expect(most).toBeLessThanOrEqual(1_000);
      // Several consumers that failed together do not try again together.
      expect(most - least).toBeGreaterThan(50);
    }
    expect(pausesMs(kind, 0).most).toBeLessThanOrEqual(200);
    expect(pausesMs(kind, 100_000).least).toBeGreaterThanOrEqual(500);
  },
);

test.each(['schema', 'breaker'] as const)('%s waits for somebody, 5 to 10 s at a time', (kind) => {
  for (const failures of [0, 100_000]) {
    const { least, most } = pausesMs(kind, failures);
    expect(least).toBeGreaterThanOrEqual(5_000);
    expect(most).toBeLessThanOrEqual(10_000);
  }
});
