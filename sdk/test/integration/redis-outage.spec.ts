import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { flush, shutdown, traced } from '../../src/index.ts';
import { TcpProxy } from '../../../server/test/faults/stage/tcp-proxy.ts';
import { sdkState } from '../../src/sdk-state.ts';
import { ObservedProject, waitUntil } from '../observed-project.ts';
import { RedisProcess } from '../redis-process.ts';

let redis: RedisProcess;
let project: ObservedProject;
const rejections: unknown[] = [];
const onRejection = (reason: unknown): void => void rejections.push(reason);

beforeEach(async () => {
  process.on('unhandledRejection', onRejection);
  rejections.length = 0;
  redis = new RedisProcess();
  await redis.start();
  project = new ObservedProject(redis.url);
});
afterEach(async () => {
  await shutdown(200);
  project.close();
  await redis.remove();
  process.off('unhandledRejection', onRejection);
  expect(rejections).toEqual([]);
});

const work = traced('work', (n: number) => n + 1);

describe('with Redis away', () => {
  test('at start, the application runs, and what it did arrives when Redis comes', async () => {
    await redis.stop();
    project.initialize();
    expect(work(1)).toBe(2);
    await waitUntil(() =>
      project.log.lines.some((line) => line.startsWith('warn ⚠️ Redis publisher initialization failed: ')),
    );
    expect(await flush(100)).toBe(false);
    await redis.start();
    await waitUntil(() => flush(1000));
    expect((await project.events()).map(({ event_type }) => event_type)).toEqual([
      'trace_start',
      'observation',
      'trace_end',
    ]);
    expect(project.log.lines.filter((line) => line.includes('Redis publisher'))).toHaveLength(2);
  });
});

describe('with Redis', () => {
  test('farther away than an answer is waited for at first, is given more time', async () => {
    const proxy = await TcpProxy.open(Number(new URL(redis.url).port));
    proxy.delay(1600);
    project.initialize({ redisUrl: `redis://127.0.0.1:${String(proxy.port)}` });
    await waitUntil(() => project.log.lines.some((line) => line.includes('Redis publisher connected')));
    await shutdown(0);
    await proxy.close();
  });

  test('out of memory, new events are dropped as stream_full, and tracing resumes with room', async () => {
    project.initialize();
    expect(await flush(60_000)).toBe(true);
    await project.redis.config('SET', 'maxmemory', '1');
    work(0);
    expect(await flush(300)).toBe(false);
    await waitUntil(() => {
      work(1);
      const { dropped } = sdkState().active?.counters(project.projectId) ?? {};
      return (dropped?.['stream_full'] ?? 0) > 0;
    });
    work(2);
    await project.redis.config('SET', 'maxmemory', '0');
    await waitUntil(() => flush(1000));
    work(3);
    expect(await flush(60_000)).toBe(true);
    const inputs = (await project.events())
      .filter(({ event_type }) => event_type === 'trace_start')
      .map(({ input }) => input);
    expect([inputs.at(0), inputs.at(-1)]).toEqual([0, 3]);
    expect(inputs).not.toContain(2);
    const { dropped } = (await project.entries()).at(-1)?.counters ?? {};
    // The last run before there was room again, and one before it at least.
    expect(dropped?.['stream_full']).toBeGreaterThanOrEqual(8);
  });
});
