import { afterEach, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { flush, initializeRedisPublisher, publishEvent, shutdown } from '../../src/index.ts';
import { KeptLog } from '../observed-project.ts';
import { ScriptedRedis } from '../scripted-redis.ts';

const OOM = "-OOM command not allowed when used memory > 'maxmemory'.";
const projectId = randomUUID();
const log = new KeptLog();
let redis: ScriptedRedis;

afterEach(async () => {
  await shutdown(200);
  await redis.stop();
});

async function sentTo(scripted: ScriptedRedis, events: number): Promise<Buffer[][]> {
  redis = scripted;
  await redis.start();
  log.lines.length = 0;
  initializeRedisPublisher({ redisUrl: redis.url, streamName: 'événements', logger: log });
  for (let event = 0; event < events; event += 1)
    publishEvent('trace_start', { projectId, traceId: String(event), data: { name: 'é', input: event } });
  expect(await flush(30_000)).toBe(true);
  return redis.added;
}

const seqOf = (args: readonly Buffer[]): number =>
  Number(args[args.findIndex((arg) => arg.toString() === 'seq') + 1]?.toString());

test('of four entries in one write, the one that Redis had no memory for is sent again byte for byte', async () => {
  const added = await sentTo(new ScriptedRedis(undefined, undefined, OOM), 450);
  expect(added.map(seqOf)).toEqual([1, 101, 201, 301, 201, 401]);
  expect(added[4]).toEqual(added[2]);
  expect(String(added[0]?.[1])).toBe('événements');
  expect(log.lines.filter((line) => line.startsWith('warn'))).toHaveLength(1);
});

test('where several were refused, one finds out that it is over, and the rest follow', async () => {
  const added = await sentTo(new ScriptedRedis(OOM, undefined, OOM, OOM, OOM), 400);
  expect(added.map(seqOf)).toEqual([1, 101, 201, 301, 1, 1, 201, 301]);
  for (const [again, first] of [
    [4, 0],
    [5, 0],
    [6, 2],
    [7, 3],
  ] as const)
    expect(added[again]).toEqual(added[first]);
});
