import { expect, test } from '@jest/globals';
import { RefusalLog } from './refusal-log.ts';

test('a flood of refused events is one line a minute, with what was kept and what was not since the last', () => {
  let nowMs = 0;
  const lines: object[] = [];
  const note = (fields: object): number => lines.push(fields);
  const clock = { nowMs: () => nowMs, now: () => new Date(nowMs) };
  const refusals = new RefusalLog({ warn: note, error: note }, clock);
  refusals.add([], { kept: 0, notKept: 0 });
  for (let batch = 0; batch < 100; batch++) {
    refusals.add(['bad_signature', 'bad_id'], { kept: batch === 0 ? 2 : 0, notKept: batch === 0 ? 0 : 2 });
  }
  nowMs += 60_000;
  refusals.add(['too_deep'], { kept: 1, notKept: 0 });
  expect(lines).toEqual([
    { kept: 2, notKept: 0, reasons: ['bad_signature', 'bad_id'] },
    { kept: 1, notKept: 198, reasons: ['bad_signature', 'bad_id', 'too_deep'] },
  ]);
});
