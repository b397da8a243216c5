import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type EventType } from '../contract/index.ts';
import { BufferedEvent, EventPayload } from './buffered-event.ts';
import { type Batch, EventBuffer } from './event-buffer.ts';
import { JsonText } from '../payloads/json-text.ts';

const written = (text: string): JsonText => new JsonText({ text, bytes: Buffer.byteLength(text), cuts: [] });

const event = (
  type: EventType,
  id: string,
  options: { size?: number; projectId?: string } = {},
): BufferedEvent => {
  const text = JSON.stringify('x'.repeat(options.size ?? 10));
  const isStart = type === 'observation_start';
  return eventWith(type, id, {
    projectId: options.projectId ?? 'p',
    payload: new EventPayload(isStart ? 'input' : 'output', written(text)),
  });
};

const eventWith = (
  type: EventType,
  id: string,
  { projectId = 'p', payload }: { projectId?: string; payload: EventPayload },
): BufferedEvent => {
  const time = type === 'observation_start' ? 'start_time' : 'end_time';
  const header = { event_type: type, trace_id: 't', observation_id: id, [time]: id };
  const made = new BufferedEvent(projectId, header, JSON.stringify(header).length);
  made.setPayloads(payload);
  return made;
};

const bufferOf = (maxBytes = 1e6): EventBuffer =>
  new EventBuffer({ maxBytes, maxEventBytes: 1e6, instanceId: 'i' });

const starts = new Map<string, BufferedEvent>();
beforeEach(() => starts.clear());

/** As the recorder does: an end comes with its start, where that is known. */
function add(buffer: EventBuffer, each: BufferedEvent): boolean {
  const id = `${each.projectId} ${String(each.header.observation_id)}`;
  const isStart = each.header.event_type === 'observation_start';
  const isAdded = buffer.add(each, isStart ? undefined : starts.get(id));
  if (isAdded && isStart) starts.set(id, each);
  return isAdded;
}

const drain = (buffer: EventBuffer): Batch[] => {
  const batches: Batch[] = [];
  for (let batch = buffer.take(0); batch !== undefined; batch = buffer.take(0)) batches.push(batch);
  return batches;
};
const typesOf = (batches: readonly Batch[]): unknown[] =>
  batches.flatMap(({ events }) =>
    events.map(({ header }) => ('event_type' in header ? header.event_type : '')),
  );

describe('the buffer', () => {
  test('drops the newest when it is full and counts it, whatever the events', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 60 }), (sizes) => {
        const buffer = bufferOf(20_000);
        const added = sizes.map((size, i) => add(buffer, event('observation_end', String(i), { size })));
        expect(buffer.bytes).toBeLessThanOrEqual(20_000);
        const { accepted, dropped } = buffer.counters('p', 0);
        const stored = drain(buffer).flatMap(({ events }) => events).length;
        expect(accepted).toBe(sizes.length);
        expect(stored).toBe(added.filter(Boolean).length);
        expect(stored + (dropped['buffer_full'] ?? 0)).toBe(accepted);
      }),
    );
  });

  test('counts what small events take in memory beside their texts', () => {
    const buffer = bufferOf(64_000);
    let kept = 0;
    while (add(buffer, event('trace_start', String(kept)))) kept += 1;
    expect(kept).toBeLessThan(64_000 / 320);
    const batches = drain(buffer);
    expect(batches.flatMap(({ events }) => events)).toHaveLength(kept);
    for (const batch of batches) buffer.release(batch);
    expect(buffer.bytes).toBe(0);
  });

  test('counts bytes in UTF-8, and until the entry is released', () => {
    const buffer = bufferOf();
    const text = JSON.stringify('🚀'.repeat(1000));
    add(buffer, eventWith('trace_start', '1', { payload: new EventPayload('input', written(text)) }));
    expect(buffer.bytes).toBeGreaterThan(4000);
    const batch = buffer.take(0);
    expect(buffer.length).toBe(0);
    expect(buffer.bytes).toBeGreaterThan(4000);
    if (batch !== undefined) buffer.release(batch);
    expect(buffer.bytes).toBe(0);
  });

  test('counts what texts take in memory, which one wide character doubles, and sends as many bytes as before', () => {
    const buffer = bufferOf();
    const text = JSON.stringify(`${'x'.repeat(10_000)}\u20ac`);
    const wide = eventWith('trace_start', '1', { payload: new EventPayload('input', written(text)) });
    add(buffer, wide);
    expect(buffer.bytes).toBeGreaterThan(20_000);
    const batch = buffer.take(0);
    expect(batch?.bytes).toBeLessThan(10_500);
    expect(buffer.bytes).toBe(batch?.bytes);
    add(buffer, wide);
    buffer.dropAll('shutdown');
    expect(buffer.bytes).toBe(batch?.bytes);
  });

  test('closes an entry at 100 events and at 256 KB, and lets a larger event travel alone', () => {
    const buffer = bufferOf(20e6);
    for (let i = 0; i < 150; i += 1) add(buffer, event('trace_start', String(i)));
    add(buffer, event('trace_start', 'large', { size: 500_000 }));
    add(buffer, event('trace_start', 'a', { size: 200_000 }));
    add(buffer, event('trace_start', 'b', { size: 200_000 }));
    expect(drain(buffer).map(({ seq, events }) => [seq, events.length])).toEqual([
      [1, 100],
      [101, 50],
      [151, 1],
      [152, 1],
      [153, 1],
    ]);
  });
});

describe('payloads that are not written yet', () => {
  let writes = 0;
  const unwritten = (chars: number): { payload: EventPayload } => {
    const toJSON = (): string => {
      writes += 1;
      return 'é'.repeat(chars);
    };
    return { payload: new EventPayload('output', new JsonText({ value: { toJSON }, chars })) };
  };
  beforeEach(() => {
    writes = 0;
  });

  test('are written, and counted in UTF-8, when they are taken', () => {
    const buffer = bufferOf();
    add(buffer, eventWith('trace_end', '1', unwritten(1000)));
    expect(writes).toBe(0);
    expect(buffer.bytes).toBeLessThan(1500 + 320);
    const batch = buffer.take(0);
    const [payload] = batch?.events.map(({ payload }) => payload) ?? [];
    expect(payload?.json).toMatchObject({ text: JSON.stringify('é'.repeat(1000)), bytes: 2002 });
    expect(buffer.bytes).toBeGreaterThan(2000);
    if (batch !== undefined) buffer.release(batch);
    expect(buffer.bytes).toBe(0);
  });

  test('do not add up while nothing is taken, ends that join their starts included', () => {
    const buffer = bufferOf(20e6);
    for (let i = 0; i < 1000; i += 1) add(buffer, eventWith('trace_end', String(i), unwritten(10)));
    expect(writes).toBe(744);
    for (let i = 0; i < 500; i += 1) add(buffer, event('observation_start', String(i)));
    const before = writes;
    for (let i = 0; i < 500; i += 1) add(buffer, eventWith('observation_end', String(i), unwritten(10)));
    expect(writes).toBe(before + 500);
    expect(drain(buffer).flatMap(({ events }) => events)).toHaveLength(1500);
    expect(writes).toBe(1500);
  });

  test('are counted in every event they stand in, also where another one had them written', () => {
    const buffer = bufferOf();
    const shared = unwritten(1000);
    for (const id of ['1', '2', '3']) add(buffer, eventWith('trace_end', id, shared));
    add(buffer, event('observation_start', '4'));
    add(buffer, eventWith('observation_end', '4', shared));
    const batch = buffer.take(0);
    expect(batch?.bytes).toBeGreaterThan(4 * 2002);
    expect(buffer.bytes).toBe(batch?.bytes);
    if (batch !== undefined) buffer.release(batch);
    expect(buffer.bytes).toBe(0);
  });

  test('are written before two halves become an event that is too large', () => {
    const buffer = new EventBuffer({ maxBytes: 1e6, maxEventBytes: 3000, instanceId: 'i' });
    add(buffer, event('observation_start', 'a', { size: 1500 }));
    add(buffer, eventWith('observation_end', 'a', unwritten(1000)));
    expect(typesOf(drain(buffer))).toEqual(['observation_start', 'observation_end']);
  });
});

describe('start and end of an observation', () => {
  test('become one event while both are in the buffer', () => {
    const buffer = bufferOf();
    add(buffer, event('observation_start', 'a'));
    add(buffer, event('observation_start', 'b'));
    add(buffer, event('observation_end', 'b'));
    add(buffer, event('observation_error', 'a'));
    const [batch] = drain(buffer);
    expect(batch?.events.map(({ header }) => header)).toEqual([
      {
        event_type: 'observation',
        trace_id: 't',
        observation_id: 'a',
        start_time: 'a',
        end_time: 'a',
        level: 'ERROR',
        status: 'error',
      },
      { event_type: 'observation', trace_id: 't', observation_id: 'b', start_time: 'b', end_time: 'b' },
    ]);
    const first = batch?.events[0]?.payload;
    expect([first?.kind, first?.next?.kind, first?.next?.next]).toEqual(['input', 'output', undefined]);
    expect(batch?.counters).toMatchObject({ accepted: 4, merged: 2 });
  });

  test('stay two events when the start has left, or was never there', () => {
    const buffer = bufferOf();
    add(buffer, event('observation_start', 'a'));
    expect(typesOf(drain(buffer))).toEqual(['observation_start']);
    add(buffer, event('observation_end', 'a'));
    add(buffer, event('observation_start', 'b'));
    add(buffer, event('observation_end', 'b', { projectId: 'q' }));
    expect(typesOf(drain(buffer))).toEqual(['observation_end', 'observation_start', 'observation_end']);
  });
});

test('an end joins a start only in the buffer where that waits, and only once', () => {
  const [first, second] = [bufferOf(), bufferOf()];
  const start = event('observation_start', 'a');
  first.add(start);
  second.add(event('observation_end', 'a'), start);
  first.add(event('observation_end', 'a'), start);
  first.add(event('observation_end', 'a'), start);
  expect(typesOf(drain(second))).toEqual(['observation_end']);
  expect(typesOf(drain(first))).toEqual(['observation', 'observation_end']);
});

test('an event that was dropped holds no payload any more', () => {
  const buffer = bufferOf();
  const start = event('observation_start', 'a');
  buffer.add(start);
  buffer.dropAll('shutdown');
  expect(start).toMatchObject({ payload: undefined, waitsIn: undefined });
});

test('numbers are contiguous per project after merges and drops, and everything is accounted for', () => {
  const step = fc.record({
    id: fc.integer({ min: 0, max: 5 }).map(String),
    type: fc.constantFrom<EventType>('observation_start', 'observation_end', 'trace_start'),
    projectId: fc.constantFrom('p', 'q'),
    size: fc.integer({ min: 0, max: 2000 }),
    takes: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const buffer = bufferOf(6000);
      const batches: Batch[] = [];
      for (const { id, type, projectId, size, takes } of steps) {
        add(buffer, event(type, id, { size, projectId }));
        const batch = takes ? buffer.take(0) : undefined;
        if (batch !== undefined) {
          buffer.release(batch);
          batches.push(batch);
        }
      }
      batches.push(...drain(buffer));
      for (const projectId of ['p', 'q']) {
        const own = batches.filter((batch) => batch.projectId === projectId);
        const numbers = own.flatMap(({ seq, events }) => events.map((_, i) => seq + i));
        expect(numbers).toEqual(numbers.map((_, i) => i + 1));
        const { accepted, merged, dropped } = buffer.counters(projectId, 0);
        expect(numbers.length + merged + (dropped['buffer_full'] ?? 0)).toBe(accepted);
      }
    }),
  );
});
