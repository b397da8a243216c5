import { expect, test } from '@jest/globals';
import { uuidV7 } from './uuid-v7.ts';

test('ids are valid UUIDv7, all different, and in the order of their milliseconds', () => {
  const ids = Array.from({ length: 10_000 }, (_, i) => uuidV7(1_700_000_000_000 + i));
  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(Array.from({ length: 10_000 }, () => uuidV7(5))).size).toBe(10_000);
});
