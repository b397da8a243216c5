import { expect, test } from '@jest/globals';
import { momentOf } from './time-text.ts';

test.each([
  ['2026-11-21T04:00:00Z', '2026-11-21T04:00:00.000Z'],
  ['2026-11-21T04:00:00.123456+02:00', '2026-11-21T02:00:00.123Z'],
  ['2026-11-21T04:00:00', '2026-11-21T04:00:00.000Z'],
  ['2026-11-21 04:00:00', '2026-11-21T04:00:00.000Z'],
  ['2026-11-21', '2026-11-21T00:00:00.000Z'],
])('%s is %s', (text, moment) => {
  expect(momentOf(text)?.toISOString()).toBe(moment);
});

test.each(['2026-W50', '2026-123', '20261121T040000Z', '0000-01-01', '9999-12-31T23:59:59-12:00', 'soon'])(
  '%s is no moment',
  (text) => {
    expect(momentOf(text)).toBeNull();
  },
);
