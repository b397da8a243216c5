import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readLargeEvents } from './large-events.ts';
import { takeSentEvents } from './sent-events.ts';

const read = (text: string) => readLargeEvents(Buffer.from(text));

const taken = ({ value, bytes }: { value: unknown; bytes: Buffer }) => {
  const { events, h, p } = takeSentEvents({ body: value, rawBody: bytes });
  return { events: events.map(({ header }) => header), h: h.toString(), p: p.toString() };
};

const tags = (count: number) => `"tags":[${Array(count).fill('"a"').join(',')}]`;
const bodyOf = (...events: string[]) =>
  `{"seq":1,"events":[${events.map((event) => `{${event}}`).join(',')}]}`;

test('events are the same as when the whole body is parsed', () => {
  const key = fc.oneof(fc.constantFrom('input', 'meta', 'error', 'pl', 'name', '__proto__', ''), fc.string());
  const event = fc.oneof(
    { weight: 9, arbitrary: fc.dictionary(key, fc.jsonValue()) },
    { weight: 1, arbitrary: fc.jsonValue() },
  );
  const spaces = fc.constantFrom(undefined, 1, '\t', '\r\n');
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 5 }), spaces, (events, space) => {
      const text = JSON.stringify({ seq: 1, events, n: events.length }, null, space);
      expect(taken(read(text))).toEqual(taken({ value: JSON.parse(text), bytes: Buffer.from(text) }));
      const { events: _events, ...others } = read(text).value as { events: unknown };
      expect(others).toEqual({ seq: 1, n: events.length });
    }),
    { numRuns: 300 },
  );
});

test('what is no JSON is refused, wherever it is wrong', () => {
  const value = fc.jsonValue({ maxDepth: 3 });
  const change = fc.record({ at: fc.nat(), inserted: fc.constantFrom(...'{}[],:"\\0e.') });
  fc.assert(
    fc.property(value, value, change, (input, error, { at, inserted }) => {
      const sent = JSON.stringify({ events: [{ name: 'x', input, error }, { output: input }], seq: 1 });
      const text = sent.slice(0, at % sent.length) + inserted + sent.slice(at % sent.length);
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      if (isJson) read(text);
      else expect(() => read(text)).toThrow('body must be valid JSON');
    }),
    { numRuns: 1_000 },
  );
});

test('an event that is too large without its payloads is replaced, and is no matter for its neighbours', () => {
  const text = bodyOf('"name":"a","input":[1]', `"name":"b","output":2,${tags(70_000)}`, '"name":"c"');
  const { events, p } = taken(read(text));
  expect(events).toMatchObject([
    { name: 'a' },
    {
      oversize_header: {
        bytes: 280_031,
        most: 262_144,
        begins: expect.stringMatching(/^{"name":"b","output"/),
      },
    },
    { name: 'c' },
  ]);
  expect(p).toBe('[1]');
});

test('payloads do not count, whatever they have', () => {
  const { events, p } = taken(read(bodyOf(`"name":"a","input":{${tags(500_000)}}`)));
  expect(events).toEqual([{ name: 'a' }]);
  expect(p.length).toBe(2_000_010);
});

test('a declared graph may be a megabyte', () => {
  const graph = (bytes: number) => `"event_type":"graph","nodes":["${'n'.repeat(bytes)}"]`;
  expect(taken(read(bodyOf(graph(1_000_000)))).events).toMatchObject([{ event_type: 'graph' }]);
  expect(taken(read(bodyOf(graph(1_050_000)))).events).toMatchObject([
    { oversize_header: { most: 1_048_576 } },
  ]);
});

test.each([
  [
    'headers of 2 MB together',
    bodyOf(...Array<string>(11).fill(`"name":"${'x'.repeat(200_000)}"`)),
    /2097152/,
  ],
  ['headers of 50,000 values together', bodyOf(tags(25_000), tags(25_000)), /values, the limit is 50000/],
  ['two million events', `{"events":[{}${',{}'.repeat(2_000_000)}]}`, /2097152/],
  ['what stands beside the events', `{"pad":"${'x'.repeat(2_100_000)}"}`, /2097152/],
])('%s are too much for one body', (_, text, message) => {
  expect(() => read(text)).toThrow(message);
});
