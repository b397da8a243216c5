import { expect, test } from '@jest/globals';
import { killRound } from '../kill-round.ts';
import { ObservedProject } from '../observed-project.ts';
import { RedisProcess } from '../redis-process.ts';

/**
 * The goal is 50 ms or 100 events, and `bench/kills.ts` holds it against that. A loaded machine may hold a process up for
 * longer between the recording and the sending, but never for so long.
 */
const NEVER_LOST_MS = 2000;

test.each([
  ['slowly, so that the time closes an entry', 5, 1],
  ['fast, so that their number does', 5, 40],
])('kill -9 of a process that traces %s loses the last moment only', async (_how, everyMs, runs) => {
  for (const killAfterMs of [100, 330, 700]) {
    const project = new ObservedProject(process.env['SWISPER_TEST_REDIS_URL'] ?? '');
    const round = await killRound(project, { everyMs, runs, killAfterMs });
    project.close();
    expect(round.recorded).toBeGreaterThan(0);
    expect(round.oldestLostMs).toBeLessThan(NEVER_LOST_MS);
    expect(round.isSuffix).toBe(true);
  }
});

test('the comparison finds what is lost: where Redis hangs, what was recorded meanwhile', async () => {
  const redis = new RedisProcess();
  await redis.start();
  const project = new ObservedProject(redis.url);
  const round = await killRound(project, {
    everyMs: 5,
    runs: 1,
    killAfterMs: 200,
    meanwhile: async () => {
      process.kill(redis.pid, 'SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, 1.4 * NEVER_LOST_MS));
      setTimeout(() => process.kill(redis.pid, 'SIGCONT'), 200);
    },
  });
  expect(round.oldestLostMs).toBeGreaterThan(NEVER_LOST_MS);
  expect(round.lostEvents).toBeGreaterThan(100);
  project.close();
  await redis.remove();
});
