import { expect, test } from '@jest/globals';
import { DomainError } from '../kernel/domain-error.ts';
import { decodeCursor, encodeCursor, pageOf } from './page.ts';

test('a cursor comes back as the key it was made of', () => {
  const key = ['2026-01-15T12:00:00.123456Z', 'id with "quotes" \u2019'];
  expect(decodeCursor(encodeCursor(key), 2)).toEqual(key);
  expect(decodeCursor(undefined, 2)).toBeNull();
});

test.each([
  'x',
  '%%%',
  encodeCursor(['one']),
  Buffer.from('[1,2]').toString('base64url'),
  Buffer.from('{').toString('base64url'),
])('a cursor that is not ours is refused by name: %p', (cursor) => {
  const error = (() => {
    try {
      return decodeCursor(cursor, 2);
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(error).toBeInstanceOf(DomainError);
  expect(error).toMatchObject({ kind: 'invalid', errors: [{ field: 'cursor' }] });
});

test('a page says where the next begins, and the last one says that there is none', () => {
  const keyOf = (row: number) => [String(row)];
  expect(pageOf([5, 4, 3], 2, keyOf)).toEqual({ items: [5, 4], next_cursor: encodeCursor(['4']) });
  expect(pageOf([5, 4], 2, keyOf)).toEqual({ items: [5, 4], next_cursor: null });
  expect(pageOf([], 2, keyOf)).toEqual({ items: [], next_cursor: null });
});
