import { expect, test } from '@jest/globals';
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

test('an object that is far too large for a field is refused by the field\u2019s name, at any depth', async () => {
  const inside = (count: number) => ({ name: 'x', about: { list: [{ deep: members(count, 'm') }] } });
  await expect(validated(Body, inside(1_001), 'dropped')).rejects.toThrow(
    'about must not have an object of more than 1000 members',
  );
  expect(await validated(Body, inside(1_000), 'dropped')).toEqual(inside(1_000));
});
