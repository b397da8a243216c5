import { describe, expect, it } from '@jest/globals';
import { examinePipeline } from './pipeline-check.ts';
import { judgeReaders } from './stream-check.ts';
import { decodeReaders } from './stream-reply-decoder.ts';

const STREAM = 'observability:events';
const LONG_IDLE = { idleMs: 75_000 };

describe('who reads the stream', () => {
  it('does not take a consumer that waits for entries for one that is gone', () => {
    expect(judgeReaders(STREAM, [LONG_IDLE], { isDrained: true })).toMatchObject({ outcome: 'ok' });
  });

  it('is nobody when entries wait and no consumer asked for them in a minute', () => {
    expect(judgeReaders(STREAM, [LONG_IDLE], { isDrained: false })).toMatchObject({ outcome: 'error' });
  });

  it('is nobody when the group has no consumer, also when nothing waits', () => {
    expect(judgeReaders(STREAM, [], { isDrained: true })).toMatchObject({ outcome: 'error' });
  });

  it.each([
    [0, 'ok'],
    [1, 'error'],
    [undefined, 'error'],
  ] as const)('is judged by the server with %p events waiting as %s', (waitingEvents, outcome) => {
    const pipeline = { isLagging: false, waitingEvents, oldestSeconds: undefined, consumerIdleMs: [75_000] };
    expect(examinePipeline(pipeline, STREAM)[0]).toMatchObject({ outcome });
  });
});

describe('decodeReaders', () => {
  it('keeps a lag that Redis cannot tell apart from none', () => {
    const rows = decodeReaders([
      ['name', 'a', 'consumers', 1, 'pending', 0, 'lag', 0],
      ['name', 'b', 'consumers', 1, 'pending', 0, 'lag', null],
    ]);
    expect(rows.map(({ lag }) => lag)).toEqual([0, undefined]);
  });
});
