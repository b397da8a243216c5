import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isJsonText } from './json-syntax.ts';

function isParsed(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const TEXTS = [
  ...[
    '',
    ' ',
    '{',
    '}',
    '[',
    ']',
    '[]',
    '{}',
    ' [ ] ',
    '{ }',
    '[1,]',
    '[,1]',
    '[1 2]',
    '{"a":1,}',
    '{"a"}',
    '{"a":}',
  ],
  ...[
    '{,}',
    '{"a":1 "b":2}',
    '{a:1}',
    '{1:1}',
    '[}',
    '{]',
    '[1}',
    '1 2',
    '1,2',
    '[[],{},[{}]]',
    '{"a":{"b":[{}]}} ',
    '[]]',
  ],
  ...[
    '0',
    '-0',
    '-',
    '01',
    '1.',
    '.1',
    '1.5e+400',
    '1E-2',
    '1e',
    '1e+',
    '+1',
    '-a',
    '0x1',
    '1a',
    'NaN',
    '12345678901234567890',
  ],
  ...[
    'true',
    'tru',
    'trueish',
    'false',
    'null',
    'nul',
    'nullnull',
    'undefined',
    "'a'",
    '"',
    '"a',
    '"a"b',
    '"\\"',
    '"\\\\"',
  ],
  ...[
    '"\\u00e9"',
    '"\\u00e"',
    '"\\u00eg"',
    '"\\U00e9"',
    '"\\x"',
    '"\\/\\b\\f\\n\\r\\t"',
    '"\n"',
    '"\u007f"',
    '"\u0000"',
    '"é😀"',
  ],
  ...['\u00a01', '\v1', '\r\n\t 1', '\ufeff1', '[1\u00002]', '"\\ud800"', '{"":""}', '{"\\"":1}', '{"a":1}}'],
];

test.each(TEXTS)('says of %j what JSON.parse says', (text) => {
  expect(isJsonText(Buffer.from(text))).toBe(isParsed(text));
});

test('says of any text that is nearly JSON what JSON.parse says', () => {
  const inserted = fc.constantFrom(...'{}[],:"\\u01eE+-.ntf \n\u0000', '\\u12', 'null', '');
  const change = fc.record({ at: fc.nat(), removed: fc.nat({ max: 2 }), inserted });
  const value = fc.jsonValue({ maxDepth: 6 });
  const spaces = fc.constantFrom(undefined, 1, '\t', '\r\n');
  fc.assert(
    fc.property(value, spaces, fc.array(change, { maxLength: 2 }), (sent, space, changes) => {
      let text = JSON.stringify(sent, null, space);
      for (const { at, removed, inserted: more } of changes) {
        const place = at % (text.length + 1);
        text = text.slice(0, place) + more + text.slice(place + removed);
      }
      expect(isJsonText(Buffer.from(text))).toBe(isParsed(Buffer.from(text).toString('utf8')));
    }),
    { numRuns: 3_000 },
  );
});

test('does not look beyond the depth that is refused anyway', () => {
  const nested = (depth: number, inner: string) => Buffer.from('['.repeat(depth) + inner + ']'.repeat(depth));
  expect(isJsonText(nested(64, 'x'))).toBe(false);
  expect(isJsonText(nested(64, '1'))).toBe(true);
  expect(isJsonText(nested(65, 'x'))).toBe(true);
  expect(isJsonText(nested(1_000_000, 'x'))).toBe(true);
});
