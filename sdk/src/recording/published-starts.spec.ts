import { expect, test } from '@jest/globals';
import { BufferedEvent } from '../delivery/buffered-event.ts';
import { PublishedStarts } from './published-starts.ts';

const startOf = (id: string, traceId = 't'): BufferedEvent => {
  const header = { event_type: 'observation_start' as const, trace_id: traceId, observation_id: id };
  const made = new BufferedEvent('p', header, 60);
  made.waitsIn = {};
  return made;
};
const leave = (start: BufferedEvent | undefined): void => {
  if (start !== undefined) start.waitsIn = undefined;
};
const end = (id: string, traceId = 't') => ({
  event_type: 'observation_end' as const,
  trace_id: traceId,
  observation_id: id,
});

test('an end finds its start, also after many others, but not that of another trace or project', () => {
  const starts = new PublishedStarts();
  const start = startOf('a');
  starts.add(start);
  for (let i = 0; i < 10_000; i += 1) starts.add(startOf(String(i)));
  expect(starts.startOf('p', end('a'))).toBe(start);
  expect(starts.startOf('q', end('a'))).toBeUndefined();
  expect(starts.startOf('p', end('a', 'u'))).toBeUndefined();
  expect(starts.startOf('p', end('b'))).toBeUndefined();
});

test('of two traces that use one id, the later start is found', () => {
  const starts = new PublishedStarts();
  const [earlier, later] = [startOf('a', 't'), startOf('a', 'u')];
  starts.add(earlier);
  starts.add(later);
  expect(starts.startOf('p', end('a', 't'))).toBeUndefined();
  expect(starts.startOf('p', end('a', 'u'))).toBe(later);
});

test('starts that have left are forgotten with the next event, whatever it is of', () => {
  const starts = new PublishedStarts();
  const sent = Array.from({ length: 1000 }, (_, i) => startOf(String(i)));
  for (const each of sent) starts.add(each);
  const waiting = startOf('waiting');
  starts.add(waiting);
  // Said again, it leaves later than those before it.
  leave(sent[0]);
  const again = startOf('0');
  starts.add(again);
  sent.forEach(leave);
  expect(starts.startOf('p', { event_type: 'trace_end' })).toBeUndefined();
  expect(starts.size).toBe(2);
  expect([starts.startOf('p', end('waiting')), starts.startOf('p', end('0'))]).toEqual([waiting, again]);
});
