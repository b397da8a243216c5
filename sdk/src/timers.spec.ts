import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
import { flush, initializeTracing, shutdown, startTrace, traced } from './index.ts';
import { sdkState } from './sdk-state.ts';
import { holdingLater, later, nextTurn } from './timers.ts';

const projectId = '0d7aa606-cb29-4a31-8a59-50fa61151a32';
const nobody = { redisUrl: 'redis://127.0.0.1:1', apiUrl: 'http://127.0.0.1:1', apiKey: 'k' };
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

const real = { ...globalThis };

function replaceTimers(timer: () => unknown): void {
  for (const name of ['setTimeout', 'setInterval', 'setImmediate']) Reflect.set(globalThis, name, timer);
}

afterEach(async () => {
  jest.useRealTimers();
  for (const name of ['setTimeout', 'setInterval', 'setImmediate'] as const)
    Reflect.set(globalThis, name, real[name]);
  await shutdown(0);
});

const noTimers = (): never => {
  throw new Error('no timers here');
};
const WAYS: readonly (readonly [string, () => unknown])[] = [
  ['stand still', () => jest.useFakeTimers()],
  ['stand still in the old way', () => jest.useFakeTimers({ legacyFakeTimers: true })],
  ['return numbers', () => replaceTimers(() => 7)],
  ['return nothing', () => replaceTimers(() => undefined)],
  ['throw', () => replaceTimers(noTimers)],
];

describe.each(WAYS)('where timers %s', (_, replace) => {
  test.each([
    ['Redis', { redisUrl: nobody.redisUrl }],
    ['HTTP', { apiUrl: nobody.apiUrl, apiKey: nobody.apiKey }],
  ])('nothing is thrown or dropped, and flush and shutdown end in time, over %s', async (_way, options) => {
    replace();
    initializeTracing({ projectId, ...options, logger: silent });
    const { active } = sdkState();
    for (let i = 0; i < 150; i += 1) expect(traced('f', () => i)()).toBe(i);
    startTrace({ name: 'by hand' }).end();
    expect(await flush(20)).toBe(false);
    expect(active?.counters(projectId)).toMatchObject({ accepted: 602, dropped: {} });
    await shutdown(20);
    expect(sdkState().active).toBeUndefined();
  });
});

test('what is called later runs in none of the contexts it was asked for in', async () => {
  const requests = new AsyncLocalStorage<string>();
  const seen = await requests.run('a request', () =>
    Promise.all(
      [nextTurn, later, holdingLater].map(
        (start) => new Promise((resolve) => void start(() => resolve(requests.getStore()), 1)),
      ),
    ),
  );
  expect(seen).toEqual([undefined, undefined, undefined]);
});
