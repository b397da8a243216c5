import { expect, test } from '@jest/globals';
import { DomainError } from '../kernel/domain-error.ts';
import { LoginThrottle } from './login-throttle.ts';

const RULES = { perAccount: 3, perAddress: 5, windowSeconds: 60 };

async function refusalOf(attempt: Promise<void>): Promise<DomainError | null> {
  try {
    await attempt;
    return null;
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}

test('an account has to wait after so many failures, in whatever case it is written, from wherever', async () => {
  const throttle = new LoginThrottle(RULES);
  await throttle.enter('a@b.co', '10.0.0.1');
  await throttle.enter('A@b.co', '10.0.0.2');
  await throttle.enter('a@B.co', '10.0.0.3');
  const refusal = await refusalOf(throttle.enter('a@b.co', '10.0.0.4'));
  expect(refusal?.kind).toBe('too_many');
  expect(refusal?.retryAfterSeconds).toBeGreaterThan(55);
  expect(refusal?.retryAfterSeconds).toBeLessThanOrEqual(60);
  expect(await refusalOf(throttle.enter('other@b.co', '10.0.0.4'))).toBeNull();
});

test('an address has to wait after so many failures, whatever the accounts', async () => {
  const throttle = new LoginThrottle(RULES);
  for (let count = 0; count < 5; count += 1) await throttle.enter(`${count}@b.co`, '10.0.0.1');
  expect((await refusalOf(throttle.enter('9@b.co', '10.0.0.1')))?.kind).toBe('too_many');
  expect(await refusalOf(throttle.enter('9@b.co', '10.0.0.2'))).toBeNull();
});

test('a right password forgets the account\u2019s failures and costs the address nothing', async () => {
  const throttle = new LoginThrottle(RULES);
  for (let count = 0; count < 20; count += 1) {
    await throttle.enter('a@b.co', '10.0.0.1');
    await throttle.succeeded('a@b.co', '10.0.0.1');
  }
  expect(await refusalOf(throttle.enter('a@b.co', '10.0.0.1'))).toBeNull();
});
