import { describe, expect, test } from '@jest/globals';
import { EventBuffer } from '../delivery/event-buffer.ts';
import { PayloadCapture } from '../payloads/payload-capture.ts';
import { EventRecorder } from './event-recorder.ts';
import { ObservationStartHeader, TraceStartHeader } from './own-headers.ts';

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const privacy = { mask: undefined, redact: [], captureInput: true, captureOutput: true, sampleRate: 1 };

test('an event of too many fields loses some of them, but never its type', () => {
  const buffer = new EventBuffer({ maxBytes: 1e6, maxEventBytes: 1e6, instanceId: 'i' });
  const capture = new PayloadCapture({ ...privacy, maxFieldBytes: 1e5, logger });
  const options = { capture, buffer, maxEventBytes: 1e6, refusal: () => undefined, notify: () => undefined };
  const fields = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`field_${String(i)}`, i]));
  new EventRecorder(options).record('p', 'trace_update', fields);
  const header: unknown = buffer.take(0)?.events[0]?.header;
  expect(header).toMatchObject({ event_type: 'trace_update', field_0: 0, field_63: 63 });
  expect(Object.keys(JSON.parse(JSON.stringify(header)) as object)).toHaveLength(65);
});

const recorderOf = (maxEventBytes = 1e6): { buffer: EventBuffer; recorder: EventRecorder } => {
  const buffer = new EventBuffer({ maxBytes: 1e6, maxEventBytes, instanceId: 'i' });
  const capture = new PayloadCapture({ ...privacy, maxFieldBytes: 1e5, logger });
  const options = { capture, buffer, maxEventBytes, refusal: () => undefined, notify: () => undefined };
  return { buffer, recorder: new EventRecorder(options) };
};
const where = { environment: 'e'.repeat(300), version: undefined };
const traceNamed = (name: string, userId?: string): TraceStartHeader =>
  new TraceStartHeader('t', { name, userId, sessionId: undefined, tags: undefined }, where);
const observationNamed = (name: string, model?: string): ObservationStartHeader =>
  new ObservationStartHeader(
    { traceId: 't', id: 'o', parentId: undefined },
    { name, type: 'SPAN', ...(model === undefined ? {} : { model }) },
  );

test('names that no header may hold are made safe', () => {
  const { buffer, recorder } = recorderOf();
  recorder.recordTexts('p', traceNamed('n'.repeat(1000), 'u\u0000'), undefined);
  recorder.recordTexts('p', observationNamed('a\ud800b\u0000', 'm'.repeat(300)), undefined);
  const headers = buffer.take(0)?.events.map((event) => event.header);
  expect(headers).toMatchObject([
    { name: 'n'.repeat(501), user_id: 'u\ufffd', environment: 'e'.repeat(201) },
    { name: 'a\ufffdb\ufffd', model: 'm'.repeat(201) },
  ]);
  expect(Object.keys(headers?.[0] ?? {})).not.toContain('namedChars');
});

test('a name that is far too long takes no payload with it', () => {
  const { buffer, recorder } = recorderOf(5000);
  recorder.recordTexts('p', traceNamed('n'.repeat(1e6)), { question: 'q' });
  expect(buffer.bytes).toBeLessThan(3000);
  expect(buffer.take(0)?.events[0]?.payload?.json.text).toBe('{"question":"q"}');
});

test('a value whose getter has other values recorded is still recorded as itself', () => {
  const capture = new PayloadCapture({ ...privacy, maxFieldBytes: 1e5, logger });
  const order = {
    id: 1,
    get total() {
      capture.json({ items: [1, 2] }, 'input');
      return 3;
    },
  };
  const texts = [1, 2, 3].map(() => capture.json(order, 'output').text);
  expect(texts).toEqual(Array(3).fill('{"id":1,"total":3}'));
});

describe('start and end that are published by hand', () => {
  const { buffer, recorder } = recorderOf();
  const publish = (
    type: 'observation_start' | 'observation_end',
    id?: string,
    traceId = 't',
    project = 'p',
  ): void => recorder.record(project, type, { trace_id: traceId, observation_id: id });
  const taken = (): unknown[] => {
    const types: unknown[] = [];
    for (let batch = buffer.take(0); batch !== undefined; batch = buffer.take(0))
      for (const each of batch.events) {
        types.push(each.header.event_type);
        each.letGo();
      }
    return types;
  };

  test('become one event while the start waits, once', () => {
    publish('observation_start', 'a');
    publish('observation_end', 'a');
    publish('observation_end', 'a');
    expect(taken()).toEqual(['observation', 'observation_end']);
  });

  test('stay two of other traces and projects, without an id, and once the start has left', () => {
    publish('observation_start', 'a');
    publish('observation_end', 'a', 'other');
    publish('observation_end', 'a', 't', 'q');
    publish('observation_start');
    publish('observation_end');
    const [start, ...others] = taken();
    expect([start, ...others].sort()).toEqual([
      ...['observation_end', 'observation_end', 'observation_end'],
      ...['observation_start', 'observation_start'],
    ]);
    publish('observation_end', 'a');
    expect(taken()).toEqual(['observation_end']);
  });

  test('begin anew where an id is used again', () => {
    publish('observation_start', 'a');
    publish('observation_end', 'a');
    publish('observation_start', 'a');
    publish('observation_end', 'a');
    expect(taken()).toEqual(['observation', 'observation']);
  });
});
