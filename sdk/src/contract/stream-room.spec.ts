import { describe, expect, test } from '@jest/globals';
import { freeStreamBytes, judgeStreamRoom, parseRedisMemory, streamLimitBytes } from './stream-room.ts';

const MB = 1024 ** 2;
const memory = (usedBytes: number, maxBytes: number, isEvicting = false) => ({
  usedBytes,
  maxBytes,
  isEvicting,
});
const roomy = { isFull: false };
const full = { isFull: true };

test('reads what INFO memory says', () => {
  const info = '# Memory\r\nused_memory:1048576\r\nused_memory_rss:9\r\nmaxmemory:2097152\r\n';
  expect(parseRedisMemory(`${info}maxmemory_policy:noeviction\r\n`)).toEqual(memory(MB, 2 * MB));
  expect(parseRedisMemory(`${info}maxmemory_policy:allkeys-lru\r\n`)).toEqual(memory(MB, 2 * MB, true));
  expect(parseRedisMemory('# Server\r\n')).toBeUndefined();
});

test('the limit is what is configured, else the less of 2 GiB and 40 % of maxmemory', () => {
  expect(streamLimitBytes(memory(0, 100 * MB), 7)).toBe(7);
  expect(streamLimitBytes(memory(0, 100 * MB), undefined)).toBe(40 * MB);
  expect(streamLimitBytes(memory(0, 0), undefined)).toBe(2048 * MB);
  expect(streamLimitBytes(memory(0, 100_000 * MB), undefined)).toBe(2048 * MB);
  expect(streamLimitBytes(undefined, undefined)).toBe(2048 * MB);
});

describe('a stream', () => {
  const judge = (bytes: number, before: { isFull: boolean }) =>
    judgeStreamRoom({ bytes, memory: undefined }, 100, before).isFull;

  test('is full at its limit, and has room again below nine tenths of it', () => {
    expect([judge(99, roomy), judge(100, roomy)]).toEqual([false, true]);
    expect([judge(90, full), judge(89, full)]).toEqual([true, false]);
  });

  test('is full when its Redis is about to refuse writes, whoever took the memory', () => {
    const judgeAt = (used: number, before: { isFull: boolean }, isEvicting = false) =>
      judgeStreamRoom({ bytes: 1, memory: memory(used, 100, isEvicting) }, undefined, before).isFull;
    expect([judgeAt(89, roomy), judgeAt(90, roomy)]).toEqual([false, true]);
    expect([judgeAt(85, full), judgeAt(84, full)]).toEqual([true, false]);
    expect(judgeAt(100, roomy, true)).toBe(false);
  });

  test('has free what is left of its limit or of Redis, whichever is less', () => {
    const room = { bytes: 10, limitBytes: 40, isFull: false };
    expect(freeStreamBytes(room, undefined)).toBe(30);
    expect(freeStreamBytes(room, memory(80, 100))).toBe(10);
    expect(freeStreamBytes(room, memory(80, 100, true))).toBe(30);
    expect(freeStreamBytes(room, memory(80, 0))).toBe(30);
  });
});
