import { describe, expect, test } from '@jest/globals';
import {
  deliveryTo,
  LOST,
  nextTurn,
  NOT_NOW,
  ObedientSink,
  REFUSED,
  TAKEN,
} from '../../test/obedient-sink.ts';
import { waitUntil } from '../../test/observed-project.ts';
import { type Attempt } from './entry-sink.ts';

const MOST_ROUNDS = 5;

/** A machine that stands still for 50 ms joins what leaves apart: one of several rounds is enough. @returns the last */
async function roundWith(writes: readonly string[][], play: () => Promise<string[][]>): Promise<string[][]> {
  let seen = await play();
  for (let rounds = 1; rounds < MOST_ROUNDS && seen.length !== writes.length; rounds += 1)
    seen = await play();
  return seen;
}

describe('full entries', () => {
  test('leave together in one write, and are encoded before it, one a turn', async () => {
    const sink = new ObedientSink(4);
    const { buffer, record } = deliveryTo(sink);
    record(400);
    const encodedAt: number[] = [];
    while (sink.encoded < 4) {
      await nextTurn();
      encodedAt.push(sink.encoded);
    }
    expect(new Set(encodedAt)).toEqual(new Set([1, 2, 3, 4]));
    await nextTurn();
    expect(sink.writes).toHaveLength(1);
    await waitUntil(() => buffer.bytes === 0);
    expect(sink.writes).toEqual([['1+100#0', '101+100#0', '201+100#0', '301+100#0']]);
  });

  test('leave without others after a while, and the time of an entry that is not full goes on', async () => {
    const apart = [['1+100', '101+100'], ['201+50']];
    const play = async (): Promise<string[][]> => {
      const sink = new ObedientSink(4);
      const { buffer, record } = deliveryTo(sink);
      record(250);
      await waitUntil(() => buffer.bytes === 0);
      return sink.numbers;
    };
    expect(await roundWith(apart, play)).toEqual(apart);
  });

  test('are not taken for events that fill the next entry', async () => {
    const apart = [['1+1'], ['2+1']];
    const play = async (): Promise<string[][]> => {
      const sink = new ObedientSink(4);
      const { buffer, record } = deliveryTo(sink);
      record(1, { bytes: 300_000 });
      while (sink.encoded === 0) await nextTurn();
      record(1);
      await waitUntil(() => buffer.bytes === 0);
      return sink.numbers;
    };
    expect(await roundWith(apart, play)).toEqual(apart);
  });

  test('leave at once when they are large', async () => {
    const sink = new ObedientSink(4);
    const { delivery, record } = deliveryTo(sink);
    record(6, { bytes: 700_000 });
    expect(await delivery.flush(30_000)).toBe(true);
    expect(sink.numbers).toEqual([
      ['1+1', '2+1'],
      ['3+1', '4+1'],
      ['5+1', '6+1'],
    ]);
  });
});

test('entries that are not full leave together, too: those of several projects', async () => {
  const sink = new ObedientSink(4);
  const { buffer, record } = deliveryTo(sink);
  for (const projectId of ['a', 'b', 'a', 'c', 'd', 'e']) record(2, { projectId });
  await waitUntil(() => buffer.bytes === 0);
  expect(sink.numbers).toEqual([
    ['1+2', '1+2', '3+2', '1+2'],
    ['1+2', '1+2'],
  ]);
});

describe('of entries that left together', () => {
  test('those that failed are sent again, unchanged, and those that were taken are released', async () => {
    const sink = new ObedientSink(4, TAKEN, LOST, TAKEN, NOT_NOW);
    const { buffer, delivery, record } = deliveryTo(sink);
    const held: number[] = [];
    sink.beforeWrite = () => void held.push(buffer.bytes);
    record(400);
    await waitUntil(() => sink.writes.length > 0);
    expect(await delivery.flush(30_000)).toBe(true);
    expect(sink.writes).toEqual([
      ['1+100#0', '101+100#0', '201+100#0', '301+100#0'],
      ['101+100#0'],
      ['301+100#0'],
    ]);
    const [all = 0] = held;
    expect([...held, buffer.bytes]).toEqual([all, all / 2, all / 4, 0]);
  });

  test('one that is refused gives its numbers back while none follow, else the server sees them missing', async () => {
    const sink = new ObedientSink(4, TAKEN, REFUSED, TAKEN, TAKEN, TAKEN, TAKEN, REFUSED, REFUSED);
    const { buffer, delivery, record } = deliveryTo(sink);
    for (const events of [400, 400, 5]) {
      record(events);
      expect(await delivery.flush(30_000)).toBe(true);
    }
    expect(sink.numbers.at(-1)).toEqual(['601+5']);
    // 805 = numbered, the hole from 101 to 200 included, + merged + dropped.
    expect(buffer.counters('p', 0)).toMatchObject({ accepted: 805, merged: 0, dropped: { refused: 200 } });
    expect(buffer.bytes).toBe(0);
  });

  test('one asks for room where there is none, again and again, and nothing is encoded until it is taken', async () => {
    const sink = new ObedientSink(4, TAKEN, TAKEN, NOT_NOW, NOT_NOW, NOT_NOW, NOT_NOW);
    const { buffer, record } = deliveryTo(sink);
    sink.onAnswer = (attempts) => void (sink.isFull = attempts.some(({ kind }) => kind === 'failed'));
    const encoded: number[] = [];
    sink.beforeWrite = () => void encoded.push(sink.encoded);
    record(400);
    await waitUntil(() => sink.writes.length > 0);
    record(250);
    await waitUntil(() => buffer.bytes === 0);
    expect(sink.numbers.slice(1, 4)).toEqual([['201+100'], ['201+100'], ['201+100']]);
    expect(encoded.slice(0, 4)).toEqual([4, 4, 4, 4]);
    expect(sink.numbers[4]?.slice(0, 3)).toEqual(['301+100', '401+100', '501+100']);
  });
});

test('nothing is encoded while an attempt waits to be made again', async () => {
  const sink = new ObedientSink(4, LOST, LOST);
  const { delivery, record } = deliveryTo(sink);
  const encoded: number[] = [];
  sink.beforeWrite = () => void encoded.push(sink.encoded);
  sink.onAnswer = () => {
    if (sink.writes.length < 3) record(300);
  };
  record(1);
  expect(await delivery.flush(30_000)).toBe(true);
  expect(await delivery.flush(30_000)).toBe(true);
  expect(encoded).toEqual([1, 1, 1, 5, 7]);
});

/** There is no room when the sink is asked to prepare for that time. @returns whether it was */
function findsFull(sink: ObedientSink, time: number): () => boolean {
  let asked = 0;
  sink.prepare = () => {
    asked += 1;
    sink.isFull = asked === time;
    return Promise.resolve();
  };
  return () => asked === time;
}

test('what is encoded when there is no more room stays, and leaves first when there is', async () => {
  const sink = new ObedientSink(4);
  const { buffer, delivery, record } = deliveryTo(sink);
  const isFound = findsFull(sink, 2);
  record(120);
  const flushed = delivery.flush(30_000);
  await waitUntil(isFound);
  expect([sink.writes, buffer.length, sink.encoded]).toEqual([[], 0, 2]);
  sink.isFull = false;
  record(400);
  sink.wake();
  expect(await flushed).toBe(true);
  expect(await delivery.flush(30_000)).toBe(true);
  expect(sink.numbers[0]?.slice(0, 2)).toEqual(['1+100', '101+20']);
});

test('nothing is encoded before it is known that there is room: an entry says when it was sent', async () => {
  const sink = new ObedientSink(4);
  const { buffer, delivery, record } = deliveryTo(sink);
  const isFound = findsFull(sink, 1);
  record(120);
  const flushed = delivery.flush(30_000);
  await waitUntil(isFound);
  await nextTurn();
  expect([sink.writes, buffer.length, sink.encoded]).toEqual([[], 120, 0]);
  sink.isFull = false;
  sink.wake();
  expect(await flushed).toBe(true);
});

test('near the limit no more is written than there is room for, but one entry always', async () => {
  const sink = new ObedientSink(4);
  const { delivery, record } = deliveryTo(sink);
  sink.roomBytes = 1;
  record(400);
  expect(await delivery.flush(30_000)).toBe(true);
  expect(sink.numbers).toEqual([['1+100'], ['101+100'], ['201+100'], ['301+100']]);
});

test('a sink that throws is a failed attempt, and what it had comes again', async () => {
  const sink = new ObedientSink(4);
  const { delivery, record } = deliveryTo(sink);
  let isBroken = true;
  sink.beforeWrite = () => {
    if (!isBroken) return;
    isBroken = false;
    throw new Error('broken');
  };
  record(150);
  expect(await delivery.flush(30_000)).toBe(true);
  expect(sink.attempts.map((wire) => wire.split('#')[0])).toEqual(['1+100', '101+50']);
});

test('after a reconnect one entry finds out whether what failed is over', async () => {
  const sink = new ObedientSink(4, LOST, LOST);
  const { delivery, record } = deliveryTo(sink);
  sink.onAnswer = () => {
    if (sink.writes.length === 1) sink.isReady = false;
  };
  record(200);
  const flushed = delivery.flush(30_000);
  await waitUntil(() => sink.writes.length === 1);
  await nextTurn();
  sink.isReady = true;
  sink.wake();
  expect(await flushed).toBe(true);
  expect(sink.numbers.slice(0, 3)).toEqual([['1+100', '101+100'], ['1+100'], ['101+100']]);
});

test('a flush waits for all that was recorded before it, whatever is taken of what came later', async () => {
  const sink = new ObedientSink(4, NOT_NOW);
  const { delivery, record } = deliveryTo(sink);
  let isFlushed = false;
  const seen: boolean[] = [];
  sink.beforeWrite = () => void seen.push(isFlushed);
  record(200);
  while (sink.encoded === 0) await nextTurn();
  const flushed = delivery.flush(30_000);
  void flushed.then(() => (isFlushed = true));
  record(150);
  expect(await flushed).toBe(true);
  expect(sink.numbers).toEqual([['1+100', '101+100', '201+100', '301+50'], ['1+100']]);
  expect(seen).toEqual([false, false]);
});

test('whatever becomes of single entries, every number is taken once, and no write leaves before the last is answered', async () => {
  const outcomes = [TAKEN, LOST, TAKEN, NOT_NOW, TAKEN, TAKEN, TAKEN];
  const fates = Array.from({ length: 60 }, (_, attempt): Attempt => outcomes[(attempt * 5) % 7] ?? TAKEN);
  const sink = new ObedientSink(4, ...fates);
  const taken = new Map<string, number>();
  sink.onAnswer = (attempts, wires) => {
    for (const [entry, wire] of wires.entries())
      if (attempts[entry]?.kind === 'taken') taken.set(wire, (taken.get(wire) ?? 0) + 1);
  };
  const { buffer, delivery, record } = deliveryTo(sink);
  for (let burst = 0; burst < 30; burst += 1) {
    record(37 + ((burst * 61) % 150));
    for (let turn = 0; turn < burst % 4; turn += 1) await nextTurn();
    sink.wake();
  }
  expect(await delivery.flush(30_000)).toBe(true);
  const numbers = [...taken.keys()]
    .map((wire) => wire.split(/[+#]/).map(Number))
    .sort(([a = 0], [b = 0]) => a - b);
  let next = 1;
  for (const [seq, n = 0] of numbers) {
    expect(seq).toBe(next);
    next += n;
  }
  expect(buffer.counters('p', 0).accepted).toBe(next - 1);
  expect([...taken.values()].every((times) => times === 1)).toBe(true);
  expect(sink.mostInFlight).toBe(1);
  expect(Math.max(...sink.writes.map(({ length }) => length))).toBe(4);
  expect(buffer.bytes).toBe(0);
});

test('a process that ends writes what is ready, and what it still can encode, at once', async () => {
  const sink = new ObedientSink(4);
  const { delivery, record } = deliveryTo(sink);
  let asked = 0;
  sink.prepare = () => {
    asked += 1;
    return asked === 1 ? Promise.resolve() : new Promise(() => undefined);
  };
  record(200);
  while (sink.encoded < 2) await nextTurn();
  record(1000);
  expect(sink.writes).toEqual([]);
  delivery.leave();
  expect(sink.numbers).toHaveLength(1);
  expect(sink.numbers[0]).toEqual(Array.from({ length: 8 }, (_, entry) => `${String(100 * entry + 1)}+100`));
});
