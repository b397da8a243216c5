import { expect, test } from '@jest/globals';
import { sentEvents } from './sent-events.ts';
import { SentJson } from './sent-json.ts';

const read = (text: string) => {
  const body: unknown = JSON.parse(text);
  const events: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'events') : null;
  return sentEvents(events, Buffer.from(text)).map(({ header, payloads }) => ({
    header,
    payloads: payloads.map(([kind, bytes]) => [kind, bytes.toString('utf8')]),
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
    const json = new SentJson(Buffer.from(text));
    json.object(() => json.list(() => json.value()));
  }
});
