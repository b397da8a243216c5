import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { flush, shutdown, traced } from '../../src/index.ts';
import { tracingConfigKey } from '../../src/contract/index.ts';
import { sdkState } from '../../src/sdk-state.ts';
import { ObservedProject, waitUntil } from '../observed-project.ts';
import { RedisProcess } from '../redis-process.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

// Of its own: who listens to changes of switches is counted.
const redis = new RedisProcess();
beforeAll(() => redis.start());
afterAll(() => redis.remove());

let project: ObservedProject;
beforeEach(async () => {
  project = new ObservedProject(redis.url);
  project.initialize();
  await waitUntil(() => project.log.lines.some((line) => line.includes('Redis publisher connected')));
  // Subscribed too: a change told before would be seen by the poll only.
  await waitUntil(async () =>
    (await project.redis.pubsub('NUMSUB', 'tracing:changes')).some((count) => Number(count) > 0),
  );
});
afterEach(async () => {
  await shutdown(60_000);
  project.close();
});

const startedNames = async (flushMs = 60_000): Promise<unknown[]> => {
  await flush(flushMs);
  return (await project.events())
    .filter(({ event_type }) => event_type === 'trace_start')
    .map(({ name }) => name);
};
/** Records a trace and says which were stored before and with it. */
const traceOnce = async (name: string): Promise<unknown[]> => {
  const id = `${name} ${String(performance.now())}`;
  traced(id, () => 1)();
  const names = await startedNames(1_000);
  return names.includes(id) ? [name] : [];
};
/** Whether a trace started now is recorded. */
const isTraced = (name: string): boolean => {
  let id: string | undefined;
  traced(name, () => (id = currentId()))();
  return id !== undefined;
};
const { getCurrentTraceId: currentId } = await import('../../src/index.ts');

/** Who was not told would hear of it by polling, every 5 s. Goal: 1 s. */
const SOONER_THAN_POLLED_MS = 4_500;
/** A busy machine may hold up one turn or another; one that is sooner is proof. */
const MOST_TURNS = 5;

/** Turns until one was soon enough. @returns how long the quickest took, ms */
async function quickestOf(turn: () => Promise<number>): Promise<number> {
  let quickestMs = await turn();
  for (let turns = 1; turns < MOST_TURNS && quickestMs >= SOONER_THAN_POLLED_MS; turns += 1)
    quickestMs = Math.min(quickestMs, await turn());
  return quickestMs;
}

describe('the tracing switch', () => {
  test('stops new traces as soon as it is told, and brings them back', async () => {
    expect(isTraced('before')).toBe(true);
    let version = 0;
    const offAndOn = async (): Promise<number> => {
      await project.switchTo((version += 1), false, 'told');
      const offAfterMs = await waitUntil(() => !isTraced('turning off'));
      expect(isTraced('while off')).toBe(false);
      await project.switchTo((version += 1), true, 'told');
      return Math.max(offAfterMs, await waitUntil(() => isTraced('turning on')));
    };
    expect(await quickestOf(offAndOn)).toBeLessThan(SOONER_THAN_POLLED_MS);
    const names = await startedNames();
    expect(names).toContain('before');
    expect(names).not.toContain('while off');
    expect(names).toContain('turning on');
  });

  test('lets a running trace finish, and starts none inside what began while off', async () => {
    const inner = traced('inner', () => currentId());
    await traced('running', async () => {
      await project.switchTo(1, false, 'told');
      await waitUntil(() => inner() !== undefined);
      await pause(300);
      expect(inner()).toBe(currentId());
    })();
    await waitUntil(() => !isTraced('turning off'));
    await traced('began while off', async () => {
      await project.switchTo(2, true, 'told');
      await pause(500);
      expect(inner()).toBeUndefined();
    })();
    await waitUntil(() => isTraced('on again'));
    const names = await startedNames();
    expect(names.filter((name) => name !== 'turning off')).toEqual(['running', 'on again']);
    const ends = (await project.events()).filter(({ event_type }) => event_type === 'trace_end');
    expect(ends.map(({ status }) => status)).toEqual(names.map(() => 'ok'));
  });

  test('is read with each flush when nobody tells of it', async () => {
    let version = 0;
    const offWithAFlush = async (): Promise<number> => {
      if (version > 0) await project.switchTo((version += 1), true, 'told');
      await waitUntil(() => isTraced('carries the question'));
      await project.switchTo((version += 1), false, 'silently');
      return waitUntil(() => !isTraced('more'));
    };
    expect(await quickestOf(offWithAFlush)).toBeLessThan(SOONER_THAN_POLLED_MS);
  });

  test('is polled while idle or off, at least every five seconds', async () => {
    await project.switchTo(1, false, 'told');
    await waitUntil(() => !isTraced('x'));
    await project.switchTo(2, true, 'silently');
    await waitUntil(() => isTraced('y'));
  });

  test('keeps its last value when its keys are gone, and ignores older versions', async () => {
    await project.switchTo(7, false, 'told');
    await waitUntil(() => !isTraced('x'));
    await project.switchTo(6, true, 'told');
    await pause(300);
    await project.redis.del(tracingConfigKey(project.projectId));
    await project.redis.publish(
      'tracing:changes',
      JSON.stringify({ project_id: project.projectId, version: 9 }),
    );
    await pause(300);
    expect(isTraced('still off')).toBe(false);
  });

  test('says "full", without a new version: new events are dropped and counted, and flow again afterwards', async () => {
    const setFull = async (full: boolean): Promise<void> => {
      await project.redis.set(
        tracingConfigKey(project.projectId),
        JSON.stringify({ version: 1, enabled: true, full }),
      );
      await project.redis.publish(
        'tracing:changes',
        JSON.stringify({ project_id: project.projectId, version: 1 }),
      );
    };
    const isTaken = async (name: string): Promise<boolean> => (await traceOnce(name)).includes(name);
    await setFull(true);
    await waitUntil(() => {
      traced('filling', () => 1)();
      return (sdkState().active?.counters(project.projectId).dropped['stream_full'] ?? 0) > 0;
    });
    traced('dropped', () => 1)();
    await setFull(false);
    await waitUntil(() => isTaken('emptying'));
    traced('kept', () => 1)();
    const names = await startedNames();
    expect(names).not.toContain('dropped');
    expect(names.at(-1)).toBe('kept');
    const counters = (await project.entries()).at(-1)?.counters;
    expect(Object.keys(counters?.dropped ?? {})).toEqual(['stream_full']);
    expect(counters?.dropped.stream_full).toBeGreaterThanOrEqual(4);
  });
});
