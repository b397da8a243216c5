import { expect, test } from '@jest/globals';
import { TaskSlots } from './task-slots.ts';

interface Gate {
  promise: Promise<void>;
  resolve: () => void;
  reject: (error: unknown) => void;
}
const gate = (): Gate => Promise.withResolvers<void>();

test('as many tasks run at once as there are places, and no more', async () => {
  const slots = new TaskSlots(2);
  const gates = [gate(), gate(), gate()];
  const started: number[] = [];
  const start = (n: number): Promise<void> =>
    slots.start(() => {
      started.push(n);
      return gates[n]?.promise ?? Promise.resolve();
    });
  await start(0);
  await start(1);
  const third = start(2);
  await new Promise((resolve) => setImmediate(resolve));
  expect(started).toEqual([0, 1]);
  gates[1]?.resolve();
  await third;
  expect(started).toEqual([0, 1, 2]);
  let isIdle = false;
  const idle = slots.idle().then(() => (isIdle = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(isIdle).toBe(false);
  for (const { resolve } of gates) resolve();
  await idle;
});

test('a failure is thrown once, to the next who asks, when the others have ended', async () => {
  const slots = new TaskSlots(2);
  const slow = gate();
  await slots.start(() => slow.promise);
  await slots.start(() => Promise.reject(new Error('no')));
  const idle = slots.idle();
  slow.resolve();
  await expect(idle).rejects.toThrow('no');
  await slots.idle();
  await slots.start(() => Promise.reject(new Error('again')));
  await new Promise((resolve) => setImmediate(resolve));
  await expect(slots.start(() => Promise.resolve())).rejects.toThrow('again');
});
