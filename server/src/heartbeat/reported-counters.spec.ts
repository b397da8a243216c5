import { expect, test } from '@jest/globals';
import { reportedCounters } from './reported-counters.ts';

test('keeps the counts and leaves everything else out', () => {
  const sent = {
    accepted: 10,
    merged: -1,
    config_version: 3,
    dropped: { buffer_full: 2, bad: 'x', 'a\u0000b': 1, huge: 1e300 },
    note: 'hello\u0000',
  };
  expect(reportedCounters(sent)).toEqual({ accepted: 10, config_version: 3, dropped: { buffer_full: 2 } });
});

test('is null for what is no object', () => {
  expect([null, undefined, 5, 'x'].map(reportedCounters)).toEqual([null, null, null, null]);
});

test('keeps a bounded number of reasons', () => {
  const dropped = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`reason_${index}`, index]));
  expect(Object.keys(reportedCounters({ dropped })?.dropped ?? {})).toHaveLength(50);
});
