import { expect, test } from '@jest/globals';
import { type BatchFaults, Breaker, BreakerOpenError } from './breaker.ts';

let nowMs = 0;
const clock = { nowMs: () => nowMs, now: () => new Date(nowMs) };
const batch = (events: Record<string, number>, faults: Record<string, number> = {}) => ({
  events: new Map(Object.entries(events)),
  faults: new Map(Object.entries(faults)),
});

function store(breaker: Breaker, faults: BatchFaults): void {
  breaker.judge(faults);
  breaker.committed(faults);
}

test('a batch that is judged again counts once, when it is committed', () => {
  const breaker = new Breaker(clock);
  const bad = batch({ a: 30 }, { a: 30 });
  breaker.judge(bad);
  expect(() => store(breaker, bad)).not.toThrow();
  expect(() => breaker.judge(bad)).toThrow(BreakerOpenError);
});

test('many faults of two projects trip it, and the first batch that is well closes it', () => {
  const breaker = new Breaker(clock);
  store(breaker, batch({ a: 30, b: 30 }, { a: 20, b: 20 }));
  expect(() => breaker.judge(batch({ a: 30, b: 30 }, { a: 20, b: 20 }))).toThrow(BreakerOpenError);
  expect(() => breaker.judge(batch({ a: 1, b: 1 }, { a: 1, b: 1 }))).toThrow(BreakerOpenError);
  expect(() => breaker.judge(batch({ a: 10 }))).not.toThrow();
});

test('one project among several never trips it, a lone one does', () => {
  const breaker = new Breaker(clock);
  expect(() => breaker.judge(batch({ a: 100, b: 1 }, { a: 100 }))).not.toThrow();
  expect(() => new Breaker(clock).judge(batch({ a: 100 }, { a: 100 }))).toThrow(BreakerOpenError);
});

test('few faults, or many among more that are well, or long ago, do not trip it', () => {
  const breaker = new Breaker(clock);
  store(breaker, batch({ a: 49, b: 1 }, { a: 48, b: 1 }));
  store(breaker, batch({ a: 500, b: 500 }, { a: 200, b: 200 }));
  nowMs += 61_000;
  expect(() => breaker.judge(batch({ a: 40, b: 9 }, { a: 40, b: 9 }))).not.toThrow();
});
