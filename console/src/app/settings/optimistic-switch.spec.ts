import { describe, expect, it } from '@jest/globals';
import { Subject } from 'rxjs';

import { OptimisticSwitch } from './optimistic-switch.ts';

function tracingSwitch(): {
  control: OptimisticSwitch<string>;
  saves: boolean[];
  succeed: () => Promise<void>;
  fail: () => Promise<void>;
} {
  const saves: boolean[] = [];
  let pending = new Subject<string>();
  const control = new OptimisticSwitch<string>((value) => {
    saves.push(value);
    pending = new Subject();
    return pending;
  });
  control.accept(true);
  const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
  return {
    control,
    saves,
    succeed: () => {
      pending.next('saved');
      return settle();
    },
    fail: () => {
      pending.error(new Error('503'));
      return settle();
    },
  };
}

describe('an optimistic switch', () => {
  it('moves at once and stays when the change is saved', async () => {
    const { control, saves, succeed } = tracingSwitch();
    void control.toggle();
    expect(control.shown()).toBe(false);
    expect(control.busy()).toBe(true);
    await succeed();
    expect([control.shown(), control.busy(), control.answer(), saves]).toEqual([
      false,
      false,
      'saved',
      [false],
    ]);
  });

  it('moves back when saving fails, says what was wanted, and tries that again', async () => {
    const { control, saves, fail, succeed } = tracingSwitch();
    void control.toggle();
    await fail();
    expect(control.shown()).toBe(true);
    expect(control.failed()).toMatchObject({ wanted: false });
    void control.retry();
    expect(control.shown()).toBe(false);
    expect(control.failed()).toBeNull();
    await succeed();
    expect([control.shown(), saves]).toEqual([false, [false, false]]);
  });

  it('sends one request at a time, and the last click wins', async () => {
    const { control, saves, succeed } = tracingSwitch();
    void control.toggle();
    void control.toggle();
    void control.toggle();
    expect(saves).toEqual([false]);
    await succeed();
    expect([saves, control.shown()]).toEqual([[false], false]);
    void control.toggle();
    void control.toggle();
    await succeed();
    expect(saves).toEqual([false, true, false]);
    await succeed();
    expect([control.shown(), control.busy()]).toEqual([false, false]);
  });

  it('is not moved by news from the server while a change is under way', async () => {
    const { control, succeed } = tracingSwitch();
    void control.toggle();
    control.accept(true);
    expect(control.shown()).toBe(false);
    await succeed();
    expect(control.shown()).toBe(false);
    control.accept(true);
    expect(control.shown()).toBe(true);
  });
});
