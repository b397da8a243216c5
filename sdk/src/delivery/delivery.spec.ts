import { expect, test } from '@jest/globals';
import { BufferedEvent } from './buffered-event.ts';
import { type Attempt, Delivery, type EntrySink } from './delivery.ts';
import { type Batch, EventBuffer } from './event-buffer.ts';

const TAKEN: Attempt = { kind: 'taken' };
const LOST: Attempt = { kind: 'failed', mayHaveArrived: true };
const NOT_NOW: Attempt = { kind: 'failed', mayHaveArrived: false };
const REFUSED: Attempt = { kind: 'refused', reason: 'refused' };

/** Does with each attempt what it is told, and takes everything afterwards. */
class ObedientSink implements EntrySink<string> {
  readonly attempts: string[] = [];
  isReady = true;
  isFull = false;
  wake: () => void = () => undefined;
  private readonly fates: Attempt[];
  private inFlight = 0;

  constructor(...fates: Attempt[]) {
    this.fates = fates;
  }

  start(wake: () => void): void {
    this.wake = wake;
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  encode({ seq, n }: Batch): string {
    return `${String(seq)}+${String(n)}#${String(this.attempts.length)}`;
  }

  async send(wire: string): Promise<Attempt> {
    this.inFlight += 1;
    expect(this.inFlight).toBe(1);
    this.attempts.push(wire);
    await new Promise((resolve) => setImmediate(resolve));
    this.inFlight -= 1;
    return this.fates.shift() ?? TAKEN;
  }

  close(): void {
    this.isReady = false;
  }
}

function deliveryOf(sink: ObedientSink) {
  const buffer = new EventBuffer({ maxBytes: 1e6, maxEventBytes: 1e6, instanceId: 'i' });
  const delivery = new Delivery(sink, buffer, () => 0);
  delivery.start();
  let recorded = 0;
  const record = (events: number): void => {
    for (let i = 0; i < events; i += 1) {
      const header = { event_type: 'trace_start' as const, trace_id: String(recorded) };
      recorded += 1;
      buffer.add(new BufferedEvent('p', header, 60));
      delivery.notify();
    }
  };
  return { buffer, delivery, record };
}

test('has one entry in flight, and sends it again unchanged until it is taken', async () => {
  const sink = new ObedientSink(LOST, NOT_NOW);
  const { buffer, delivery, record } = deliveryOf(sink);
  record(250);
  expect(await delivery.flush(30_000)).toBe(true);
  expect(sink.attempts).toEqual(['1+100#0', '1+100#0', '1+100#0', '101+100#3', '201+50#4']);
  expect(buffer.bytes).toBe(0);
});

test('what is refused gives its numbers back, unless they may be used up', async () => {
  const sink = new ObedientSink(REFUSED, TAKEN, LOST, REFUSED);
  const { buffer, delivery, record } = deliveryOf(sink);
  for (const events of [3, 2, 4, 1]) {
    record(events);
    expect(await delivery.flush(30_000)).toBe(true);
  }
  expect(sink.attempts.map((wire) => wire.split('#')[0])).toEqual(['1+3', '1+2', '3+4', '3+4', '7+1']);
  expect(buffer.counters('p', 0)).toMatchObject({ accepted: 10, dropped: { refused: 3 } });
  expect(buffer.bytes).toBe(0);
});

test('numbers nothing while there is no way or no room, and goes on when it is woken', async () => {
  const sink = new ObedientSink();
  const { delivery, record } = deliveryOf(sink);
  for (const obstacle of ['isReady', 'isFull'] as const) {
    sink[obstacle] = obstacle === 'isFull';
    record(1);
    expect(await delivery.flush(50)).toBe(false);
    sink[obstacle] = obstacle !== 'isFull';
    const flushed = delivery.flush(30_000);
    sink.wake();
    expect(await flushed).toBe(true);
  }
  expect(sink.attempts).toEqual(['1+1#0', '2+1#1']);
});

test('a flush waits for what was recorded before it, and not for a pause that is longer than its time', async () => {
  const sink = new ObedientSink({ ...NOT_NOW, afterMs: 60_000 });
  const { delivery, record } = deliveryOf(sink);
  record(1);
  const startedAt = performance.now();
  expect(await delivery.flush(59_000)).toBe(false);
  expect(await delivery.flush(50_000)).toBe(false);
  expect(performance.now() - startedAt).toBeLessThan(30_000);
  sink.wake();
  expect(await delivery.flush(30_000)).toBe(true);
  delivery.close();
  record(1);
  expect(await delivery.flush(20)).toBe(false);
  expect(sink.attempts).toEqual(['1+1#0', '1+1#0']);
});

test('what cannot be encoded is dropped, and what follows takes its numbers', async () => {
  const sink = new ObedientSink();
  const encode = sink.encode.bind(sink);
  let encoded = 0;
  sink.encode = (batch) => {
    encoded += 1;
    if (encoded % 2 === 1) throw new TypeError('changed by the application');
    return encode(batch);
  };
  const { buffer, delivery, record } = deliveryOf(sink);
  record(250);
  expect(await delivery.flush(30_000)).toBe(true);
  expect(sink.attempts).toEqual(['1+100#0']);
  expect(buffer.counters('p', 0)).toMatchObject({ accepted: 250, dropped: { invalid: 150 } });
  expect(buffer.bytes).toBe(0);
});

test('a process that ends writes an entry that is to be sent again, also while something else is waited for', async () => {
  const sink = new ObedientSink();
  const { delivery, record } = deliveryOf(sink);
  const answer = Promise.withResolvers<Attempt>();
  sink.send = (wire) => {
    sink.attempts.push(wire);
    return answer.promise;
  };
  const nextTick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  record(100);
  while (sink.attempts.length === 0) await nextTick();
  answer.resolve(NOT_NOW);
  await nextTick();
  sink.prepare = () => new Promise(() => undefined);
  sink.wake();
  record(1);
  delivery.leave();
  expect(sink.attempts).toEqual(['1+100#0', '1+100#0', '101+1#2']);
});
