import { expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { SigningKeyVault } from './signing-key-vault.ts';

const KEY = randomBytes(32);
const SECRET = 'a secret of at least thirty-two characters';

test('without a secret a key is kept as it is', () => {
  const vault = new SigningKeyVault(null);
  expect(vault.seal(KEY)).toEqual(KEY);
  expect(vault.open(KEY)).toEqual(KEY);
});

test('with a secret it is encrypted, differently each time, and comes back', () => {
  const vault = new SigningKeyVault(SECRET);
  const sealed = vault.seal(KEY);
  expect(sealed.includes(KEY)).toBe(false);
  expect(vault.seal(KEY)).not.toEqual(sealed);
  expect(new SigningKeyVault(SECRET).open(sealed)).toEqual(KEY);
});

test('a key stored before the secret was set stays readable', () => {
  expect(new SigningKeyVault(SECRET).open(KEY)).toEqual(KEY);
});

test('a wrong or missing secret and a changed byte are errors', () => {
  const sealed = new SigningKeyVault(SECRET).seal(KEY);
  expect(() => new SigningKeyVault(`${SECRET}!`).open(sealed)).toThrow();
  expect(() => new SigningKeyVault(null).open(sealed)).toThrow('STUDIO_SECRET');
  const changed = Buffer.from(sealed);
  changed.writeUInt8(changed.readUInt8(40) ^ 1, 40);
  expect(() => new SigningKeyVault(SECRET).open(changed)).toThrow();
});
