import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { type ProducerCounters } from '../../src/contract/index.ts';
import { BufferedEvent, EventPayload } from '../../src/delivery/buffered-event.ts';
import { Delivery } from '../../src/delivery/delivery.ts';
import { EventBuffer } from '../../src/delivery/event-buffer.ts';
import { JsonText } from '../../src/payloads/json-text.ts';
import { type StreamEntryWire, StreamTransport } from '../../src/delivery/stream-transport.ts';
import { TracingSwitch } from '../../src/connection/tracing-switch.ts';
import { KeptLog, waitUntil } from '../observed-project.ts';
import { RedisProcess } from '../redis-process.ts';

const MB = 1024 ** 2;
const MAXMEMORY_MB = 48;
const TRANSPORTS = 4;

/** One process's way to Redis: what its recorder would do, as fast as it can. */
class Pusher {
  readonly buffer = new EventBuffer({ maxBytes: 16 * MB, maxEventBytes: 1 * MB, instanceId: randomUUID() });
  readonly delivery: Delivery<StreamEntryWire>;
  private readonly projectId = randomUUID();
  private isStopped = false;

  constructor(redisUrl: string, streamName: string) {
    const options = { redisUrl, streamName, maxStreamLength: 1_000_000, signer: undefined };
    const ids = { projectId: this.projectId, logger: new KeptLog() };
    const transport = new StreamTransport({ ...options, ...ids }, new TracingSwitch());
    this.delivery = new Delivery(transport, this.buffer, () => 0);
  }

  get counters(): ProducerCounters {
    return this.buffer.counters(this.projectId, 0);
  }

  /** @param payloadBytes of each event; small at first, so that the oldest nodes of the stream say little */
  async push(payloadBytes: (event: number) => number): Promise<void> {
    this.delivery.start();
    for (let event = 0; !this.isStopped; event += 1) {
      this.pushOne(payloadBytes(event));
      if (event % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  pushOne(bytes: number): void {
    if (this.delivery.isFull) {
      this.buffer.refuse(this.projectId, 'stream_full');
      return;
    }
    const json = new JsonText({ text: `"${'x'.repeat(bytes)}"`, bytes: bytes + 2, cuts: [] });
    const header = { event_type: 'trace_start' as const, trace_id: randomUUID() };
    this.buffer.add(new BufferedEvent(this.projectId, header, 100, new EventPayload('input', json)));
    this.delivery.notify();
  }

  stop(): void {
    this.isStopped = true;
  }

  close(): void {
    this.stop();
    this.delivery.close();
  }
}

describe('with nobody who reads the stream, and no server', () => {
  const streamName = 'observability:events';
  let redis: RedisProcess;
  let host: Redis;
  let pushers: Pusher[];

  beforeEach(async () => {
    redis = new RedisProcess();
    await redis.start();
    host = new Redis(redis.url);
    await host.config('SET', 'maxmemory', String(MAXMEMORY_MB * MB));
    pushers = Array.from({ length: TRANSPORTS }, () => new Pusher(redis.url, streamName));
  });
  afterEach(async () => {
    for (const pusher of pushers) pusher.close();
    host.disconnect();
    await redis.remove();
  });

  const streamBytes = async (): Promise<number> =>
    Number((await host.call('MEMORY', 'USAGE', streamName, 'SAMPLES', '0')) ?? 0);
  const drops = (): number[] => pushers.map(({ counters }) => counters.dropped['stream_full'] ?? 0);

  test('several processes stop at its limit, the host\u2019s own writes never fail, and all go on with room', async () => {
    const pushing = pushers.map((pusher) => pusher.push((event) => (event < 200 ? 100 : 20_000)));
    const refused: unknown[] = [];
    let writes = 0;
    const write = async (): Promise<void> => {
      writes += 1;
      await host
        .set(`host:${String(writes % 100)}`, 'y'.repeat(10_000))
        .catch((error: unknown) => refused.push(error));
    };
    await waitUntil(async () => {
      await write();
      return drops().every((count) => count > 100);
    });
    const limit = 0.4 * MAXMEMORY_MB * MB;
    expect(await streamBytes()).toBeGreaterThan(0.8 * limit);
    expect(await streamBytes()).toBeLessThan(1.5 * limit);
    for (let again = 0; again < 200; again += 1) await write();
    expect({ refused, writes: writes > 200 }).toEqual({ refused: [], writes: true });

    await host.del(streamName);
    await waitUntil(async () => (await streamBytes()) > 0.5 * limit);
    for (const pusher of pushers) pusher.stop();
    await Promise.all(pushing);
  });

  test('a program that only publishes would fill it: then the host\u2019s writes are refused', async () => {
    const fill = async (): Promise<void> => {
      for (;;) await host.xadd(streamName, '*', 'p', 'x'.repeat(100_000));
    };
    await expect(fill()).rejects.toThrow('OOM');
    const writes = Array.from({ length: 200 }, (_, key) =>
      host.set(`host:${String(key)}`, 'y'.repeat(10_000)),
    );
    const refused = (await Promise.allSettled(writes)).filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
  });
});
