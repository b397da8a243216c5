import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { ExitHooks, type Stoppable } from './exit-hooks.ts';

/** Notes what it is told to do. */
class Told implements Stoppable {
  readonly calls: string[] = [];
  readonly isBusy = true;
  flush = (): Promise<boolean> => this.done('flush', true);
  shutdown = (): Promise<void> => this.done('shutdown', undefined);
  rest = (): Promise<void> => this.done('rest', undefined);
  leave = (): void => void this.calls.push('leave');

  private done<T>(call: string, result: T): Promise<T> {
    this.calls.push(call);
    return Promise.resolve(result);
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
let told: Told;
let hooks: ExitHooks;
/** The listeners of the test runner itself would decide about the end. */
let others: NodeJS.SignalsListener[];
beforeEach(() => {
  told = new Told();
  others = process.listeners('SIGTERM');
  for (const other of others) process.off('SIGTERM', other);
});
afterEach(() => {
  hooks.remove();
  for (const other of others) process.on('SIGTERM', other);
  jest.restoreAllMocks();
});

/** Where the signal would have gone. */
async function killedAfterSignal(pid: number): Promise<unknown[]> {
  const kill = jest.spyOn(process, 'kill').mockImplementation(() => true);
  hooks = new ExitHooks(told, pid);
  hooks.install();
  process.emit('SIGTERM', 'SIGTERM');
  await nextTurn();
  return kill.mock.calls;
}

test('a signal that nobody else listens for shuts down and ends the process', async () => {
  expect(await killedAfterSignal(4711)).toEqual([[4711, 'SIGTERM']]);
  expect(told.calls).toEqual(['shutdown']);
  expect(process.listenerCount('SIGTERM')).toBe(0);
});

test('the first process of a container, which a signal does not end, is traced on', async () => {
  expect(await killedAfterSignal(1)).toEqual([]);
  expect(told.calls).toEqual(['flush']);
  process.emit('SIGTERM', 'SIGTERM');
  expect(told.calls).toEqual(['flush', 'flush']);
});
