import { describe, expect, it } from '@jest/globals';

import { axisTicks, barOf } from './timeline.ts';

const window = { originMs: 1_000, spanMs: 2_000, nowMs: 3_000 };

describe('the timeline', () => {
  it('places a bar by its start and length', () => {
    expect(barOf({ startMs: 1_500, endMs: 2_500, observation: { status: 'ok' } }, window)).toEqual({
      leftPercent: 25,
      widthPercent: 50,
    });
  });

  it('draws what runs up to now, and what never ended as a point', () => {
    const open = { startMs: 2_000, endMs: null };
    expect(barOf({ ...open, observation: { status: 'running' } }, window).widthPercent).toBe(50);
    expect(barOf({ ...open, observation: { status: 'incomplete' } }, window).widthPercent).toBe(0);
  });

  it('never draws outside its lane', () => {
    const bar = barOf({ startMs: 2_900, endMs: 99_000, observation: { status: 'ok' } }, window);
    expect(bar.leftPercent + bar.widthPercent).toBeLessThanOrEqual(100);
  });

  it('ticks at round moments', () => {
    expect(axisTicks(2_412, 5)).toEqual([0, 500, 1_000, 1_500, 2_000]);
    expect(axisTicks(0, 5)).toEqual([0]);
  });
});
