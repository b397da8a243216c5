import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import {
  deliveryTo,
  LOST,
  nextTurn,
  NOT_NOW,
  ObedientSink,
  REFUSED,
  TAKEN,
} from '../../test/obedient-sink.ts';
import { JsonText } from '../payloads/json-text.ts';
import { BufferedEvent, EventPayload } from './buffered-event.ts';
import { type Attempt } from './entry-sink.ts';

test('has one entry in flight where they go one by one, and sends it again unchanged until it is taken', async () => {
  const sink = new ObedientSink(1, LOST, NOT_NOW);
  const { buffer, delivery, record } = deliveryTo(sink);
  record(250);
  expect(await delivery.flush(30_000)).toBe(true);
  expect(sink.attempts).toEqual(['1+100#0', '1+100#0', '1+100#0', '101+100#3', '201+50#4']);
  expect(buffer.bytes).toBe(0);
  expect(sink.mostInFlight).toBe(1);
});

test('what is refused gives its numbers back, unless they may be used up', async () => {
  const sink = new ObedientSink(1, REFUSED, TAKEN, LOST, REFUSED);
  const { buffer, delivery, record } = deliveryTo(sink);
  for (const events of [3, 2, 4, 1]) {
    record(events);
    expect(await delivery.flush(30_000)).toBe(true);
  }
  expect(sink.attempts.map((wire) => wire.split('#')[0])).toEqual(['1+3', '1+2', '3+4', '3+4', '7+1']);
  expect(buffer.counters('p', 0)).toMatchObject({ accepted: 10, dropped: { refused: 3 } });
  expect(buffer.bytes).toBe(0);
});

test('numbers nothing while there is no way or no room, and goes on when it is woken', async () => {
  const sink = new ObedientSink(1);
  const { delivery, record } = deliveryTo(sink);
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
  const sink = new ObedientSink(1, { ...NOT_NOW, afterMs: 60_000 });
  const { delivery, record } = deliveryTo(sink);
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
  const sink = new ObedientSink(1);
  const encode = sink.encode.bind(sink);
  let encoded = 0;
  sink.encode = (batch) => {
    encoded += 1;
    if (encoded % 2 === 1) throw new TypeError('changed by the application');
    return encode(batch);
  };
  const { buffer, delivery, record } = deliveryTo(sink);
  record(250);
  expect(await delivery.flush(30_000)).toBe(true);
  expect(sink.attempts).toEqual(['1+100#0']);
  expect(buffer.counters('p', 0)).toMatchObject({ accepted: 250, dropped: { invalid: 150 } });
  expect(buffer.bytes).toBe(0);
});

test('a process that ends writes an entry that is to be sent again, also while something else is waited for', async () => {
  const sink = new ObedientSink(1);
  const { delivery, record } = deliveryTo(sink);
  const answer = Promise.withResolvers<Attempt>();
  sink.send = async (wires) => {
    sink.writes.push([...wires]);
    return [await answer.promise];
  };
  record(100);
  while (sink.attempts.length === 0) await nextTurn();
  answer.resolve(NOT_NOW);
  await nextTurn();
  sink.prepare = () => new Promise(() => undefined);
  sink.wake();
  record(1);
  delivery.leave();
  expect(sink.attempts).toEqual(['1+100#0', '1+100#0', '101+1#1']);
});

test('events that were encoded, or could not be, hold nothing of what they said any more', async () => {
  const sink = new ObedientSink(1);
  const encode = sink.encode.bind(sink);
  let encoded = 0;
  sink.encode = (batch) => {
    encoded += 1;
    if (encoded === 2) throw new TypeError('changed by the application');
    return encode(batch);
  };
  const { buffer, delivery } = deliveryTo(sink);
  const said = new JsonText({ text: '"said"', bytes: 6, cuts: [] });
  const events = ['1', '2'].map(
    (id) =>
      new BufferedEvent(id, { event_type: 'trace_end', trace_id: id }, 60, new EventPayload('output', said)),
  );
  for (const event of events) buffer.add(event);
  expect(await delivery.flush(30_000)).toBe(true);
  for (const event of events) {
    expect(event).toMatchObject({ payload: undefined, waitsIn: undefined });
    expect(event.header.trace_id).toBeUndefined();
  }
});

test('an entry that could not be begun holds nothing up', async () => {
  const sink = new ObedientSink(4);
  const startEntry = sink.startEntry.bind(sink);
  let begun = 0;
  sink.startEntry = () => {
    begun += 1;
    if (begun === 1) throw new RangeError('no memory');
    return startEntry();
  };
  const { delivery, record } = deliveryTo(sink);
  record(1);
  expect(await delivery.flush(30_000)).toBe(true);
  expect(sink.attempts).toEqual(['1+1#0']);
});

test('events of projects in turns leave in time, however often an entry ends with the project', async () => {
  const sink = new ObedientSink(4);
  const { buffer, record } = deliveryTo(sink);
  let turn = 0;
  const inTurns = (events: number): void => {
    for (let i = 0; i < events; i += 1) record(1, { projectId: ['a', 'b'][turn++ % 2] ?? '' });
  };
  inTurns(100);
  // Full again with each: it ends one entry of one event, and the time of those that wait goes on.
  for (let i = 0; i < 500 && buffer.length > 50; i += 1) {
    await sleep(10);
    inTurns(1);
  }
  expect(buffer.length).toBeLessThanOrEqual(50);
});

test('a small buffer is not used up by events that wait for others', async () => {
  const sink = new ObedientSink(4);
  const { buffer, record } = deliveryTo(sink, { maxBytes: 64 * 1024 });
  for (let i = 0; i < 80; i += 1) {
    record(1, { bytes: 1500 });
    await nextTurn();
  }
  expect(buffer.counters('p', 0).dropped).toEqual({});
});
