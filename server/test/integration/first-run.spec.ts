import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { User } from '../../src/auth/index.ts';
import { ApiClient } from '../harness/api-client.ts';
import { ADMIN } from '../harness/server-process.ts';
import { type AppInProcess, MovableClock, startInProcess } from './app-in-process.ts';

const WITHOUT_ADMIN = { STUDIO_ADMIN_EMAIL: undefined, STUDIO_ADMIN_PASSWORD: undefined };
const ACCOUNT = { email: 'First@Example.com', password: 'correct-horse-battery' };

function tokenOf(studio: AppInProcess): string {
  return new URL(studio.setupLink ?? '').searchParams.get('token') ?? '';
}

describe('without an admin in the settings', () => {
  const clock = new MovableClock();
  let studio: AppInProcess;
  let anybody: ApiClient;

  beforeAll(async () => {
    studio = await startInProcess(
      { ...WITHOUT_ADMIN, STUDIO_PUBLIC_URL: 'https://studio.example.com' },
      { clock },
    );
    anybody = ApiClient.anonymous(studio.url);
  });
  afterAll(() => studio.close());

  test('a start gives a set-up link with a token of 32 random bytes, of which only a hash is stored', async () => {
    expect(studio.setupLink).toMatch(/^https:\/\/studio\.example\.com\/setup\?token=[\w-]{43}$/);
    const rows: Array<{ token_hash: Buffer }> = await studio.database.query(
      'SELECT token_hash FROM setup_tokens',
    );
    expect(rows.map((row) => row.token_hash.length)).toEqual([32]);
    expect(rows[0]?.token_hash.toString('base64url')).not.toBe(tokenOf(studio));
    expect((await anybody.get('/auth/state')).body).toEqual({ needs_setup: true });
  });

  test('an unknown token is 404 and a weak password 400, and neither uses the link up', async () => {
    expect((await anybody.get(`/auth/setup?token=${'x'.repeat(43)}`)).status).toBe(404);
    const weak = await anybody.post('/auth/setup', {
      ...ACCOUNT,
      token: tokenOf(studio),
      password: 'passwordpassword',
    });
    expect(weak).toMatchObject({ status: 400, body: { errors: [{ field: 'password' }] } });
    expect(await anybody.get(`/auth/setup?token=${tokenOf(studio)}`)).toMatchObject({
      status: 200,
      body: { valid: true },
    });
  });

  test('a link is too old after an hour; a later start gives another', async () => {
    clock.forward(3_600_001);
    expect((await anybody.get(`/auth/setup?token=${tokenOf(studio)}`)).status).toBe(410);
    const next = await startInProcess({ ...WITHOUT_ADMIN, DATABASE_URL: studio.databaseUrl }, { clock });
    expect(tokenOf(next)).toMatch(/^[\w-]{43}$/);
    await next.close();
  });
});

test('of many who use the link at the same time one gets the account, signed in, and the link is used up', async () => {
  const studio = await startInProcess(WITHOUT_ADMIN);
  const anybody = ApiClient.anonymous(studio.url);
  const token = tokenOf(studio);
  const answers = await Promise.all(
    [1, 2, 3, 4].map((count) =>
      anybody.post('/auth/setup', { token, email: `person${count}@example.com`, password: ACCOUNT.password }),
    ),
  );
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, 410, 410, 410]);
  const winner = answers.find((answer) => answer.status === 200);
  expect(winner?.headers.getSetCookie()[0]).toMatch(/^studio_session=/);
  expect(await studio.database.getRepository(User).count()).toBe(1);
  expect((await anybody.get(`/auth/setup?token=${token}`)).status).toBe(410);
  expect((await anybody.post('/auth/setup', { ...ACCOUNT, token })).status).toBe(410);
  expect((await anybody.get('/auth/state')).body).toEqual({ needs_setup: false });
  await studio.close();
});

test('with an admin in the settings there is no link, and that account can sign in', async () => {
  const studio = await startInProcess();
  expect(studio.setupLink).toBeNull();
  const person = await ApiClient.signedIn(studio.url);
  expect((await person.get('/auth/me')).body).toMatchObject({ user: { email: ADMIN.email, role: 'admin' } });
  const again = await startInProcess({
    DATABASE_URL: studio.databaseUrl,
    STUDIO_ADMIN_EMAIL: 'other@example.com',
  });
  expect(again.setupLink).toBeNull();
  expect(await again.database.getRepository(User).count()).toBe(1);
  await again.close();
  await studio.close();
});

test('an admin password that is easily guessed ends the start', async () => {
  await expect(startInProcess({ STUDIO_ADMIN_PASSWORD: 'passwordpassword' })).rejects.toThrow(
    'STUDIO_ADMIN_PASSWORD',
  );
});
