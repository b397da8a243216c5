import { expect, jest, test } from '@jest/globals';
import { flush, initializeTracing, shutdown, traced } from './index.ts';
import { timeLimitMs } from './time-limit.ts';

const options = {
  projectId: '0d7aa606-cb29-4a31-8a59-50fa61151a32',
  redisUrl: 'redis://127.0.0.1:1',
  logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
};

test.each([
  [0, 0],
  [250.5, 250.5],
  [-1, 0],
  [-Infinity, 0],
  [Infinity, 600_000],
  [2 ** 40, 600_000],
  ...[NaN, undefined, null, '1000', {}, 10n, Symbol('s')].map((given) => [given, 5000] as const),
])('a time of %p is one of %d ms', (given, ms) => {
  expect(timeLimitMs(given)).toBe(ms);
});

test('no time is too odd for flush and shutdown, and Node has nothing to warn of', async () => {
  const warned = jest.spyOn(process, 'emitWarning');
  const given: unknown[] = [-1, -Infinity, 0];
  for (const ms of given) {
    initializeTracing(options);
    traced('f', () => 1)();
    expect(await Reflect.apply(flush, undefined, [ms])).toBe(false);
    expect(await Reflect.apply(shutdown, undefined, [ms])).toBeUndefined();
  }
  for (const ms of [Infinity, NaN, 'soon', null, {}, 10n, Symbol('s')])
    for (const end of [flush, shutdown])
      expect(await Reflect.apply(end, undefined, [ms])).toBe(end === flush ? true : undefined);
  expect(warned).not.toHaveBeenCalled();
});

test('a shutdown that was given for ever ends as soon as there is nothing left', async () => {
  initializeTracing(options);
  await shutdown(Infinity);
  expect(await flush(Infinity)).toBe(true);
});
