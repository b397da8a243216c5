import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeEntry, encodeWrittenEntry } from 'swisper-studio/contract';
import { takeSentEvents } from './sent-events.ts';
import { cutEvents } from './cut-events.ts';

const taken = (text: string) => takeSentEvents({ body: JSON.parse(text), rawBody: Buffer.from(text) });

const read = (text: string) =>
  taken(text).events.map(({ header: { pl: _lengths, ...header }, payloads }) => ({
    header,
    payloads: payloads.map(({ kind, bytes }) => [kind, bytes.toString('utf8')]),
  }));

/** What the consumer reads of the same events. */
const readFromEntry = (text: string) => {
  const { events, h, p } = taken(text);
  const counters = { accepted: 1, merged: 0, dropped: {}, config_version: 0 };
  const about = { projectId: 'p', instanceId: 'i', seq: 1, counters, sentAt: new Date() };
  const flat = encodeWrittenEntry({ ...about, n: events.length, h, p });
  const fields = new Map<string, Buffer>();
  for (let at = 0; at < flat.length; at += 2) fields.set(String(flat[at]), Buffer.from(flat[at + 1] ?? ''));
  const result = decodeEntry(fields);
  if (!result.ok) throw new Error(result.detail);
  return result.entry.events.map(({ header, payloads }) => ({
    header,
    payloads: payloads.map(({ kind, bytes }) => [kind, bytes.toString('utf8')]),
  }));
};

test('payloads keep the text they were sent as, everything else is a header', () => {
  const text = `{ "seq" : 1, "deep":{"events":[1]}, "events" :[
    { "event_type":"trace_start" , "input" : {"b": 12345678901234567890, "a":1.10, "a":"}\\"" } ,"name":"x,]"},
    {"output":[1, [2, "\\\\"]],"error":"ü\\u0000","meta":null}
  ] , "events_not": {} }`;
  expect(read(text)).toEqual([
    {
      header: { event_type: 'trace_start', name: 'x,]' },
      payloads: [['input', '{"b": 12345678901234567890, "a":1.10, "a":"}\\"" }']],
    },
    {
      header: {},
      payloads: [
        ['output', '[1, [2, "\\\\"]]'],
        ['error', '"ü\\u0000"'],
      ],
    },
  ]);
});

test('of equal keys the last counts, also when it is spelled with escapes', () => {
  const text =
    '{"events":[{"input":1}],"events":[{"input":1,"\\u0069nput":[ 2 ]},{"output":true,"input":-1.5e+400}]}';
  expect(read(text)).toEqual([
    { header: {}, payloads: [['input', '[ 2 ]']] },
    {
      header: {},
      payloads: [
        ['input', '-1.5e+400'],
        ['output', 'true'],
      ],
    },
  ]);
});

test('what is no object is an event that says so', () => {
  expect(read('{"events":[null,[{"input":1}],"x",{"input":"y"}]}')).toEqual([
    { header: { not_an_object: null }, payloads: [] },
    { header: { not_an_object: [{ input: 1 }] }, payloads: [] },
    { header: { not_an_object: 'x' }, payloads: [] },
    { header: {}, payloads: [['input', '"y"']] },
  ]);
});

test.each([
  ['no list', '{"events":{}}'],
  ['an empty list', '{"events":[]}'],
  ['absent', '{}'],
  ['more than 100', `{"events":[${Array(101).fill('{}').join(',')}]}`],
])('events that are %s are refused by name', (_, text) => {
  expect(() => read(text)).toThrow(/^events must be/);
});

test('the entry says the same as the body did', () => {
  const value = fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }));
  const key = fc.oneof(fc.constantFrom('input', 'meta', 'error', 'pl', 'name', '__proto__', ''), fc.string());
  const event = fc.oneof(
    { weight: 9, arbitrary: fc.dictionary(key, value) },
    { weight: 1, arbitrary: value },
  );
  const spaces = fc.constantFrom(undefined, 1, '\t', '\r\n');
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 5 }), spaces, (events, space) => {
      const text = JSON.stringify({ seq: 1, events, n: events.length }, null, space);
      expect(readFromEntry(text)).toEqual(read(text));
      const sent: unknown = JSON.parse(JSON.stringify(events));
      expect(read(text).map(({ header }) => header)).toEqual(Array.isArray(sent) ? sent.map(headerOf) : []);
    }),
    { numRuns: 300 },
  );
});

function headerOf(event: unknown): object {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return { not_an_object: event };
  const taken = ['input', 'output', 'state_after', 'meta', 'error', 'pl'];
  return Object.fromEntries(Object.entries(event).filter(([name]) => !taken.includes(name)));
}

test('an event that nests too deep to be written again is refused by its place', () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  expect(() => read(`{"events":[{"name":"x"},{"name":${deep}}]}`)).toThrow('event 1 nests too deep');
  expect(read(`{"events":[{"input":${deep}}]}`)).toHaveLength(1);
});

test('texts that are no JSON come to an end', () => {
  for (const text of [
    '',
    '{',
    '{"a',
    '{"a"',
    '{"a":',
    '{"a":[',
    '{"a":"\\',
    '[1,',
    '{:,}',
    '{]}',
    '{"a":1}}',
    '{,,',
  ]) {
    for (const before of ['', '{"events":[', '{"events":[{"input":'])
      expect(cutEvents(Buffer.from(before + text)).payloads.length).toBeLessThan(5);
  }
});
