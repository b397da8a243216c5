import { describe, expect, it } from '@jest/globals';
import { convertToParamMap } from '@angular/router';

import { filterParams, readFilters, resolveTime, traceQuery } from './trace-filters.ts';

const NOW = Date.parse('2026-11-20T12:00:00.000Z');

describe('trace filters', () => {
  it('are read from the URL; what is unknown or unusable is left out', () => {
    const params = {
      user: 'a/b c',
      session: '',
      status: 'broken',
      from: 'yesterdayish',
      obs: 'x',
      to: 'now',
    };
    expect(readFilters(convertToParamMap(params))).toEqual({ user: 'a/b c', to: 'now' });
  });

  it('survive the way to the URL and back', () => {
    const filters = { user: 'external-swisper-user-12345', status: 'error', from: 'now-24h', tag: 'x' };
    const params = Object.entries(filterParams(filters)).filter(([, value]) => value !== null);
    expect(readFilters(convertToParamMap(Object.fromEntries(params)))).toEqual(filters);
  });

  it('are named as the API names them, with relative times resolved', () => {
    const filters = { user: 'u', session: 's', name: 'n', status: 'ok', from: 'now-1h' };
    expect(traceQuery(filters, NOW)).toEqual({
      user_id: 'u',
      session_id: 's',
      name: 'n',
      status: 'ok',
      from: '2026-11-20T11:00:00.000Z',
    });
  });

  it('understand relative times, today, and absolute times with an offset', () => {
    expect(resolveTime('now-15m', NOW)).toBe(NOW - 900_000);
    expect(resolveTime('now-7d', NOW)).toBe(NOW - 7 * 86_400_000);
    expect(resolveTime('2026-11-20T13:00:00+01:00', NOW)).toBe(NOW);
    expect(new Date(resolveTime('today', NOW) ?? 0).getHours()).toBe(0);
    expect(resolveTime('now+1h', NOW)).toBeNull();
    expect(resolveTime('1', NOW)).toBeNull();
  });
});
