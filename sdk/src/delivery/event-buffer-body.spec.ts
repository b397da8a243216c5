import { expect, test } from '@jest/globals';
import { EntryBody } from '../contract/entry-body.ts';
import { BufferedEvent, EventPayload } from './buffered-event.ts';
import { EventBuffer } from './event-buffer.ts';
import { JsonText } from '../payloads/json-text.ts';

const bufferWith = (...texts: string[]): EventBuffer => {
  const buffer = new EventBuffer({ maxBytes: 20e6, maxEventBytes: 8e6, instanceId: 'i' });
  for (const text of texts) {
    const payload = new EventPayload('output', new JsonText({ text, bytes: text.length, cuts: [] }));
    buffer.add(new BufferedEvent('p', { event_type: 'trace_end', trace_id: 't' }, 60, payload));
  }
  return buffer;
};

test('an entry gets the payloads of its events, and of no other, while they are taken', () => {
  const texts = [10, 200_000, 10, 100_000, 300_000, 10].map((size) => JSON.stringify('x'.repeat(size)));
  const buffer = bufferWith(...texts);
  const entries: string[] = [];
  while (buffer.length > 0) {
    const body = new EntryBody(Buffer.alloc(100));
    const batch = buffer.take(0, body);
    entries.push(body.written().p.toString());
    if (batch !== undefined) buffer.release(batch);
  }
  expect(entries).toEqual([texts.slice(0, 3).join(''), ...texts.slice(3)]);
  expect(buffer.bytes).toBe(0);
});

test('an entry takes no memory for an event that does not fit', () => {
  const buffer = bufferWith('"small"', JSON.stringify('x'.repeat(5e6)));
  const memory = Buffer.alloc(10_000);
  const body = new EntryBody(memory);
  expect(buffer.take(0, body)?.n).toBe(1);
  expect(body.written().p.buffer).toBe(memory.buffer);
});
