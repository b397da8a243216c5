import { expect, test } from '@jest/globals';
import { PasswordHasher } from './password-hasher.ts';

test('hashes with argon2id at 19 MiB, two passes, one lane, and knows the right password', async () => {
  const hasher = new PasswordHasher();
  const hash = await hasher.hash('correct-horse-battery');
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await hasher.verify(hash, 'correct-horse-battery')).toBe(true);
  expect(await hasher.verify(hash, 'correct-horse-batterz')).toBe(false);
});

test('an unknown account costs a verification of the same parameters and is never right', async () => {
  const hasher = new PasswordHasher();
  expect(await hasher.verify(null, 'nobody has this password')).toBe(false);
});
