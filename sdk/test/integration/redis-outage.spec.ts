import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { flush, publishEvent, shutdown, traced } from '../../src/index.ts';
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

  test('in the middle, everything numbered arrives exactly once after it is back', async () => {
    project.initialize();
    work(0);
    expect(await flush()).toBe(true);
    await redis.stop();
    for (let i = 0; i < 500; i += 1) expect(work(i)).toBe(i + 1);
    expect(await flush(200)).toBe(false);
    await redis.start();
    await waitUntil(() => flush(1000));
    const events = await project.events();
    expect(events).toHaveLength(501 * 3);
    expect(new Set(events.map(({ trace_id }) => trace_id)).size).toBe(501);
  });

  test('for long, memory stays bounded: the newest are dropped and counted, and the account adds up', async () => {
    project.initialize({ maxBufferBytes: 100_000 });
    await redis.stop();
    for (let i = 0; i < 2000; i += 1)
      publishEvent('trace_start', { traceId: `t${String(i)}`, data: { name: 'n', input: 'x'.repeat(100) } });
    await redis.start();
    await waitUntil(() => flush(1000));
    publishEvent('trace_start', { traceId: 'after', data: { name: 'n' } });
    expect(await flush()).toBe(true);
    const events = await project.events();
    const counters = (await project.entries()).at(-1)?.counters;
    expect(events.length).toBeLessThan(1000);
    expect(events[0]?.['trace_id']).toBe('t0');
    expect(counters).toMatchObject({
      accepted: 2001,
      merged: 0,
      dropped: { buffer_full: 2001 - events.length },
    });
  });
});

describe('with Redis', () => {
  test('hanging, the host is not held, and the entry arrives with its first numbers', async () => {
    project.initialize();
    work(0);
    await flush();
    process.kill(redis.pid, 'SIGSTOP');
    try {
      for (let i = 1; i <= 50; i += 1) work(i);
      expect(await flush(4000)).toBe(false);
    } finally {
      process.kill(redis.pid, 'SIGCONT');
    }
    await waitUntil(() => flush(1000));
    // A command that was already in Redis' socket may be carried out as well: the same bytes, the same numbers.
    const entries = await project.entries();
    const numbers = new Set(entries.flatMap(({ seq, n }) => Array.from({ length: n }, (_, i) => seq + i)));
    expect([...numbers]).toEqual(Array.from({ length: 51 * 3 }, (_, i) => i + 1));
  }, 60_000);

  test('out of memory, new events are dropped as stream_full, and tracing resumes with room', async () => {
    project.initialize();
    await flush();
    await project.redis.config('SET', 'maxmemory', '1');
    work(0);
    expect(await flush(300)).toBe(false);
    work(1);
    work(2);
    await project.redis.config('SET', 'maxmemory', '0');
    await waitUntil(() => flush(1000));
    work(3);
    await flush();
    const inputs = (await project.events())
      .filter(({ event_type }) => event_type === 'trace_start')
      .map(({ input }) => input);
    expect(inputs).toEqual([0, 3]);
    expect((await project.entries()).at(-1)?.counters).toMatchObject({ dropped: { stream_full: 8 } });
  });
});
