import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { memberTexts, strictJson } from './loose-json.ts';

test('NaN and the infinities become null outside strings only', () => {
  const sent = '{"a": NaN, "b": [-Infinity, Infinity, -1], "c": "NaN \\" Infinity", "NaN": 1}';
  expect(strictJson(sent)).toEqual({
    text: '{"a": null, "b": [null, null, -1], "c": "NaN \\" Infinity", "NaN": 1}',
    hadNonFinite: true,
  });
  expect(strictJson('{"a": "NaN"}')).toEqual({ text: '{"a": "NaN"}', hadNonFinite: false });
});

test('members keep the text they were written with, and of equal keys the last wins', () => {
  const members = memberTexts(
    '{ "a" : 1.10 , "b":{"x":[1,"}"]},"c\\"d":"e,\\"f" , "a":12345678901234567890 }',
  );
  expect([...members]).toEqual([
    ['a', '12345678901234567890'],
    ['b', '{"x":[1,"}"]}'],
    ['c"d', '"e,\\"f"'],
  ]);
  expect(memberTexts('{}').size).toBe(0);
});

test('members of any object are the texts of its values', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const members = memberTexts(JSON.stringify(value, null, 1));
      expect(
        Object.fromEntries([...members].map(([key, text]) => [key, JSON.parse(text) as unknown])),
      ).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
