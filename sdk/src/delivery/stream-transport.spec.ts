import { expect, test } from '@jest/globals';
import { TracingSwitch } from '../connection/tracing-switch.ts';
import { BufferedEvent, EventPayload } from './buffered-event.ts';
import { type Batch, EventBuffer } from './event-buffer.ts';
import { JsonText } from '../payloads/json-text.ts';
import { StreamTransport, type StreamEntryWire } from './stream-transport.ts';

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
/** It is never started, so it connects to nothing. */
const transport = (): StreamTransport =>
  new StreamTransport(
    {
      redisUrl: 'redis://127.0.0.1:1',
      streamName: 's',
      maxStreamLength: 10,
      projectId: 'project',
      signer: undefined,
      logger,
    },
    new TracingSwitch(),
  );
const bufferWith = (...texts: string[]): EventBuffer => {
  const buffer = new EventBuffer({ maxBytes: 20e6, maxEventBytes: 8e6, instanceId: 'i' });
  for (const text of texts) {
    const payload = new EventPayload('output', new JsonText({ text, bytes: text.length, cuts: [] }));
    buffer.add(new BufferedEvent('project', { event_type: 'trace_end', trace_id: 't' }, 60, payload));
  }
  return buffer;
};
const taken = (batch: Batch | undefined): Batch => {
  if (batch === undefined) throw new Error('nothing was taken');
  return batch;
};
const fieldOf = ({ fields }: StreamEntryWire, name: string): string => {
  const value: unknown = fields[fields.indexOf(name) + 1];
  return String(value);
};

test('an entry has headers and payloads of its batch, and keeps them until it is taken, whatever follows', () => {
  const sink = transport();
  const wires = ['"first"', '"second"', '"third"'].map((text) => {
    const draft = sink.startEntry();
    return draft.finish(taken(bufferWith(text, text).take(0, draft.body)));
  });
  expect(wires.map((wire) => fieldOf(wire, 'p'))).toEqual([
    '"first""first"',
    '"second""second"',
    '"third""third"',
  ]);
  expect(JSON.parse(wires.map((wire) => fieldOf(wire, 'h'))[0] ?? '')).toEqual([
    { event_type: 'trace_end', trace_id: 't', pl: [['output', 7]] },
    { event_type: 'trace_end', trace_id: 't', pl: [['output', 7]] },
  ]);
});

test('memory of an entry that cannot be finished is used again', () => {
  const sink = transport();
  const draft = sink.startEntry();
  const memory = draft.body?.written().p.buffer;
  const batch = taken(bufferWith('1').take(0, draft.body));
  for (const event of batch.events) event.header = { event_type: 'trace_end', count: 1n };
  expect(() => draft.finish(batch)).toThrow(TypeError);
  expect(sink.startEntry().body?.written().p.buffer).toBe(memory);
  expect(sink.startEntry().body?.written().p.buffer).not.toBe(memory);
});
