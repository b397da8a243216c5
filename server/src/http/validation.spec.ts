import { describe, expect, test } from '@jest/globals';
import { IsObject, IsOptional, IsString } from 'class-validator';
import { validated } from './validation.ts';

class Body {
  @IsString() name!: string;
  @IsOptional() @IsObject() about?: object;
}

const members = (count: number, prefix: string): object =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${String(index)}`, index]));

test('as many unknown fields as a body has room for are dropped, and nobody waits for it', async () => {
  const body = { ...members(100_000, 'unknown'), name: 'x', about: { a: 1 } };
  expect(await validated(Body, body, 'dropped')).toEqual({ name: 'x', about: { a: 1 } });
});

test('where they are refused, the first ten are named', async () => {
  const refused = validated(Body, { ...members(100, 'unknown'), name: 5 }, 'refused');
  await expect(refused).rejects.toMatchObject({ kind: 'invalid' });
  const error: unknown = await refused.catch((reason: unknown) => reason);
  expect(JSON.stringify(error)).toContain('unknown9');
  expect(JSON.stringify(error)).not.toContain('unknown10');
});

describe('a field that is far too large is refused by its name', () => {
  const inside = (value: unknown) => ({ name: 'x', about: { list: [{ deep: value }] } });

  test.each([
    ['members of an object', (count: number) => members(count, 'm'), 1_000],
    ['values in all', (count: number) => Array.from({ length: count }, () => 'x'), 9_997],
  ])('for its %s, at any depth', async (_, valueOf, most) => {
    await expect(validated(Body, inside(valueOf(most + 1)), 'dropped')).rejects.toThrow(
      'about must not have thousands of values',
    );
    expect(await validated(Body, inside(valueOf(most)), 'dropped')).toEqual(inside(valueOf(most)));
  });

  test('but not where it is unknown and dropped', async () => {
    const body = { name: 'x', unknown: members(1_001, 'm') };
    expect(await validated(Body, body, 'dropped')).toEqual({ name: 'x' });
  });
});
