import { expect, test } from '@jest/globals';
import { type Reply, StreamWatch } from './stream-watch.ts';

const MB = 1024 ** 2;
const unknown: Reply = [new Error('NOPERM'), undefined];
const info = (usedMb: number, maxMb: number): Reply => [
  null,
  `used_memory:${String(usedMb * MB)}\r\nmaxmemory:${String(maxMb * MB)}\r\nmaxmemory_policy:noeviction\r\n`,
];
const quiet = { maxBytes: undefined, serverSaysFull: false };

/** A watch that has just found a stream of that size in a Redis of that size. */
function watchOf(streamMb: number, usedMb: number, maxMb: number): StreamWatch {
  const watch = new StreamWatch();
  watch.apply([null, streamMb * MB], info(usedMb, maxMb), quiet);
  return watch;
}

test('looks before the first entry, and not again while nothing is sent', () => {
  const watch = new StreamWatch();
  expect(watch.isDue).toBe(true);
  watch.apply([null, null], info(1, 0), quiet);
  expect([watch.isFull, watch.isDue, watch.isDueAgain(false)]).toEqual([false, false, false]);
});

test('looks again when a small part of the room that was left is used up', () => {
  const watch = watchOf(8, 10, 100);
  watch.sent(0.9 * MB);
  expect(watch.isDue).toBe(false);
  watch.sent(0.2 * MB);
  expect(watch.isDue).toBe(true);
});

test('is full at 40 % of maxmemory, at the server\u2019s limit, and where Redis is short of memory', () => {
  expect(watchOf(39, 50, 100).isFull).toBe(false);
  expect(watchOf(40, 50, 100).isFull).toBe(true);
  expect(watchOf(1, 91, 100).isFull).toBe(true);
  const watch = new StreamWatch();
  watch.apply([null, 5 * MB], info(50, 100), { maxBytes: 5 * MB, serverSaysFull: false });
  expect(watch.isFull).toBe(true);
});

test('has room again below nine tenths of the limit', () => {
  const watch = watchOf(40, 50, 100);
  watch.apply([null, 37 * MB], info(50, 100), quiet);
  expect(watch.isFull).toBe(true);
  watch.apply([null, 35 * MB], info(50, 100), quiet);
  expect(watch.isFull).toBe(false);
});

test('where it may not ask, it relies on the server, and does not ask with every entry', () => {
  const watch = new StreamWatch();
  watch.apply(unknown, unknown, quiet);
  watch.sent(10 * MB);
  expect([watch.isFull, watch.isDue]).toEqual([false, false]);
  expect(watch.believes(true)).toBe(true);
});

test('an answer that did not come says nothing: what was full still is', () => {
  const watch = watchOf(40, 50, 100);
  watch.apply(undefined, undefined, quiet);
  watch.apply([new Error('Command timed out'), undefined], undefined, quiet);
  expect(watch.isFull).toBe(true);
  expect(watch.roomBytes).toBeLessThan(MB);
});

test('believes the server for a minute against its own measurement', () => {
  const watch = watchOf(1, 10, 100);
  expect([watch.believes(true), watch.believes(false)]).toEqual([true, false]);
  watch.apply([null, MB], info(10, 100), { maxBytes: undefined, serverSaysFull: true });
  expect(watch.believes(true)).toBe(true);
});

test('looks at once when the server says that there is room again', () => {
  const watch = new StreamWatch();
  watch.apply([null, 40 * MB], info(50, 100), { maxBytes: undefined, serverSaysFull: true });
  expect([watch.isDueAgain(true), watch.isDueAgain(false)]).toEqual([false, true]);
});
