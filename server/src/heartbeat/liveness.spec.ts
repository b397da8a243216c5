import { describe, expect, test } from '@jest/globals';
import { instanceStatus, isHidden, projectStatus, type SignsOfLife } from './liveness.ts';

const NOW = Date.UTC(2026, 0, 15, 12);
const SECOND = 1000;
const HOUR = 3_600 * SECOND;

function instance(silentSeconds: number, rest: Partial<SignsOfLife> = {}): SignsOfLife {
  const lastHeartbeatAt = new Date(NOW - silentSeconds * SECOND);
  return { lastHeartbeatAt, lastEventAt: null, stoppedAt: null, intervalSeconds: 60, ...rest };
}

describe('instanceStatus', () => {
  test.each([
    [0, 'connected'],
    [90, 'connected'],
    [91, 'late'],
    [119.999, 'late'],
    [120, 'disconnected'],
    [100_000, 'disconnected'],
  ])('is, %p s after the last beat of one a minute, %s', (seconds, status) => {
    expect(instanceStatus(instance(seconds), NOW)).toBe(status);
  });

  test.each([
    [449, 'connected'],
    [451, 'late'],
    [599, 'late'],
    [600, 'disconnected'],
  ])('waits two intervals where they are long: after %p s of 300 it is %s', (seconds, status) => {
    expect(instanceStatus(instance(seconds, { intervalSeconds: 300 }), NOW)).toBe(status);
  });

  test('waits two minutes even where the interval is short', () => {
    expect(instanceStatus(instance(16, { intervalSeconds: 10 }), NOW)).toBe('late');
    expect(instanceStatus(instance(119, { intervalSeconds: 10 }), NOW)).toBe('late');
    expect(instanceStatus(instance(120, { intervalSeconds: 10 }), NOW)).toBe('disconnected');
  });

  test('takes an interval of a minute where none was said', () => {
    expect(instanceStatus(instance(91, { intervalSeconds: null }), NOW)).toBe('late');
  });

  test('counts a stored event as a sign of life', () => {
    expect(instanceStatus(instance(500, { lastEventAt: new Date(NOW - SECOND) }), NOW)).toBe('connected');
    expect(instanceStatus(instance(0, { lastHeartbeatAt: null, lastEventAt: new Date(NOW) }), NOW)).toBe(
      'connected',
    );
  });

  test('is disconnected at once after a goodbye, and connected again after a later sign of life', () => {
    const stoppedAt = new Date(NOW - 10 * SECOND);
    expect(instanceStatus(instance(10, { stoppedAt }), NOW)).toBe('disconnected');
    expect(instanceStatus(instance(9, { stoppedAt }), NOW)).toBe('connected');
    const lastEventAt = new Date(NOW - SECOND);
    expect(instanceStatus(instance(10, { stoppedAt, lastEventAt }), NOW)).toBe('connected');
  });

  test('does not take the last events of a stopping process for a return', () => {
    const stoppedAt = new Date(NOW - 10 * SECOND);
    const lastEventAt = new Date(Number(stoppedAt) + SECOND);
    expect(instanceStatus(instance(10, { stoppedAt, lastEventAt }), NOW)).toBe('disconnected');
  });
});

describe('projectStatus', () => {
  const stopped = instance(5, { stoppedAt: new Date(NOW - 5 * SECOND) });
  const forgotten = instance((25 * HOUR) / SECOND);

  test.each([
    ['never', []],
    ['connected', [instance(1), instance(2)]],
    ['partial', [instance(1), instance(300)]],
    ['partial', [instance(1), instance(100)]],
    ['late', [instance(100), instance(300)]],
    ['disconnected', [instance(300)]],
    ['connected', [instance(1), stopped, forgotten]],
    ['disconnected', [stopped]],
    ['disconnected', [forgotten]],
  ])('is %s', (status, instances) => {
    expect(projectStatus(instances, NOW)).toBe(status);
  });

  test('hides instances that stopped and those silent for more than a day', () => {
    expect([instance(1), instance(23 * 3600), stopped, forgotten].map((one) => isHidden(one, NOW))).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });
});
