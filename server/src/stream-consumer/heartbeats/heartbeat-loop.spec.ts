import { expect, test } from '@jest/globals';
import { systemClock } from '../../kernel/clock.ts';
import { HeartbeatLoop } from './heartbeat-loop.ts';
import type { HeartbeatPage } from './heartbeat-reader.ts';

const pageOf = (id: string): HeartbeatPage => ({ ids: [id], entries: [], isFull: false, ageMs: () => 0 });

function loopOn(pages: string[]) {
  const seen = { acknowledged: [] as string[], taken: [] as string[] };
  const state = { isDatabaseAway: false, isRedisAway: false };
  const loop = new HeartbeatLoop({
    clock: systemClock,
    reader: {
      get isConnected() {
        return !state.isRedisAway;
      },
      read: () => Promise.resolve(pageOf(pages.shift() ?? 'none')),
      acknowledge: (ids) => {
        if (state.isRedisAway) return Promise.reject(new Error('away'));
        seen.acknowledged.push(...ids);
        return Promise.resolve();
      },
    },
    intake: {
      take: ({ ids }) => {
        if (state.isDatabaseAway) return Promise.reject(new Error('away'));
        seen.taken.push(...ids);
        return Promise.resolve();
      },
    },
  });
  return { loop, seen, state };
}

test('while the database is away nothing is acknowledged and nothing more is read', async () => {
  const { loop, seen, state } = loopOn(['a', 'b']);
  state.isDatabaseAway = true;
  await loop.turn();
  await loop.turn();
  expect(seen).toEqual({ acknowledged: [], taken: [] });
  state.isDatabaseAway = false;
  await loop.turn();
  await loop.turn();
  expect(seen).toEqual({ acknowledged: ['a', 'b'], taken: ['a', 'b'] });
});

test('what was recorded when Redis went away is acknowledged when it is back', async () => {
  const { loop, seen, state } = loopOn(['a']);
  state.isRedisAway = true;
  expect(await loop.turn()).toBe(false);
  expect(seen.taken).toEqual([]);
  state.isRedisAway = false;
  await loop.turn();
  expect(seen.acknowledged).toEqual(['a']);
});

test('ends when it is told to, also while it waits', async () => {
  const { loop } = loopOn([]);
  const stop = new AbortController();
  const running = loop.run(stop.signal);
  stop.abort();
  await running;
});
