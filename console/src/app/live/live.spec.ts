import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BehaviorSubject, delay, of, Subject, throwError, type Observable } from 'rxjs';

import { live, type Live } from './live.ts';

interface Watched {
  active$: BehaviorSubject<boolean>;
  refresh$: Subject<void>;
  loads: () => number;
  last: () => Live<number> | undefined;
  /** What the next requests give. */
  answer: (make: () => Observable<number>) => void;
  stop: () => void;
}

function watch(everyMs: number | ((value: number) => number | null) = 5_000): Watched {
  const active$ = new BehaviorSubject(true);
  const refresh$ = new Subject<void>();
  let loads = 0;
  let states: Live<number>[] = [];
  let next: () => Observable<number> = () => of(loads);
  const subscription = live({
    everyMs,
    active$,
    refresh$,
    load: () => {
      loads++;
      return next();
    },
  }).subscribe((state) => (states = [...states, state]));
  return {
    active$,
    refresh$,
    loads: () => loads,
    last: () => states.at(-1),
    answer: (make) => (next = make),
    stop: () => subscription.unsubscribe(),
  };
}

describe('a live region', () => {
  beforeEach(() => {
    jest.useFakeTimers();
    jest.spyOn(Math, 'random').mockReturnValue(0.5);
  });
  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  it('loads at once and then after each pause', () => {
    const region = watch();
    expect(region.loads()).toBe(1);
    jest.advanceTimersByTime(4_999);
    expect(region.loads()).toBe(1);
    jest.advanceTimersByTime(10_001);
    expect(region.loads()).toBe(4);
    expect(region.last()).toMatchObject({ value: 4, error: null, failures: 0 });
  });

  it('never has two requests under way: the pause begins when an answer has come', () => {
    const region = watch(1_000);
    region.answer(() => of(7).pipe(delay(10_000)));
    jest.advanceTimersByTime(1_000);
    expect(region.loads()).toBe(2);
    jest.advanceTimersByTime(9_000);
    expect(region.loads()).toBe(2);
    jest.advanceTimersByTime(2_000);
    expect(region.loads()).toBe(3);
  });

  it('stops while it is not active, and loads at once when it is again', () => {
    const region = watch();
    region.active$.next(false);
    jest.advanceTimersByTime(3_600_000);
    expect(region.loads()).toBe(1);
    region.active$.next(true);
    expect(region.loads()).toBe(2);
  });

  it('keeps the last value through failures, backs off, and recovers', () => {
    const region = watch();
    region.answer(() => throwError(() => new Error('down')));
    jest.advanceTimersByTime(5_000);
    expect(region.last()).toMatchObject({ value: 1, failures: 1, retryAt: Date.now() + 10_000 });
    jest.advanceTimersByTime(10_000);
    expect(region.last()).toMatchObject({ value: 1, failures: 2, retryAt: Date.now() + 20_000 });
    expect(region.loads()).toBe(3);
    region.answer(() => of(42));
    jest.advanceTimersByTime(20_000);
    expect(region.last()).toMatchObject({ value: 42, failures: 0, error: null, retryAt: null });
    jest.advanceTimersByTime(5_000);
    expect(region.loads()).toBe(5);
  });

  it('waits no longer than a minute between attempts', () => {
    const region = watch();
    region.answer(() => throwError(() => new Error('down')));
    jest.advanceTimersByTime(600_000);
    expect((region.last()?.retryAt ?? 0) - Date.now()).toBeLessThanOrEqual(60_000);
    expect(region.loads()).toBeGreaterThan(10);
  });

  it('loads at once when asked to, also while backing off', () => {
    const region = watch();
    region.answer(() => throwError(() => new Error('down')));
    jest.advanceTimersByTime(5_000);
    region.answer(() => of(3));
    region.refresh$.next();
    expect(region.last()).toMatchObject({ value: 3, failures: 0 });
    jest.advanceTimersByTime(5_000);
    expect(region.loads()).toBe(4);
  });

  it('takes its pace from the value, and rests when that says so', () => {
    const region = watch((value) => (value < 3 ? 1_000 : null));
    jest.advanceTimersByTime(60_000);
    expect(region.loads()).toBe(3);
  });

  it('asks nothing after it was left', () => {
    const region = watch();
    region.stop();
    jest.advanceTimersByTime(60_000);
    expect(region.loads()).toBe(1);
  });
});
