import { describe, expect, test } from '@jest/globals';
import { SwitchHistory } from './switch-history.ts';

const offFrom100To200 = new SwitchHistory([
  { fromMs: 100, isOn: false },
  { fromMs: 200, isOn: true },
]);

describe('a history', () => {
  test.each([
    [0, true],
    [99, true],
    [100, false],
    [199, false],
    [200, true],
    [1_000, true],
  ])('at %i ms tracing was on: %p', (ms, isOn) => {
    expect(offFrom100To200.isOnAt(ms)).toBe(isOn);
  });

  test('whose oldest turns were left out was the opposite before them', () => {
    expect(new SwitchHistory([{ fromMs: 200, isOn: true }]).isOnAt(0)).toBe(false);
    expect(new SwitchHistory([{ fromMs: 200, isOn: false }]).isOnAt(0)).toBe(true);
  });

  test('follows the later of two turns of one moment', () => {
    const twice = new SwitchHistory([
      { fromMs: 100, isOn: false },
      { fromMs: 100, isOn: true },
    ]);
    expect(twice.isOnAt(100)).toBe(true);
  });

  test.each([
    [0, true],
    [150, true],
    [199, true],
    [200, false],
    [500, false],
  ])('since %i ms it was off at some time: %p', (fromMs, wasOff) => {
    expect(offFrom100To200.wasOffSince(fromMs)).toBe(wasOff);
  });

  test('without turns was always on', () => {
    expect(SwitchHistory.alwaysOn.isOnAt(0)).toBe(true);
    expect(SwitchHistory.alwaysOn.wasOffSince(0)).toBe(false);
  });

  test('that ends with off is off since any time', () => {
    expect(new SwitchHistory([{ fromMs: 100, isOn: false }]).wasOffSince(1e15)).toBe(true);
  });
});
