import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiClient } from '../harness/api-client.ts';
import { ADMIN } from '../harness/server-process.ts';
import { type AppInProcess, MovableClock, startInProcess } from './app-in-process.ts';

const HOUR = 3_600_000;
const clock = new MovableClock();
let studio: AppInProcess;
let anybody: ApiClient;

beforeAll(async () => {
  studio = await startInProcess({}, { clock });
  anybody = ApiClient.anonymous(studio.url);
});
afterAll(() => studio.close());

function sendLogin(headers: Record<string, string>, body = JSON.stringify(ADMIN)): Promise<Response> {
  return fetch(`${studio.url}/api/v1/auth/login`, { method: 'POST', headers, body });
}

function sessionOf(response: { headers: Headers }): string {
  return response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
}

function me(cookie: string): Promise<Response> {
  return fetch(`${studio.url}/api/v1/auth/me`, { headers: { cookie } });
}

describe('signing in', () => {
  test('gives an httpOnly, SameSite=Lax cookie with an opaque token that is stored as a hash only', async () => {
    const response = await anybody.post('/auth/login', { ...ADMIN, email: ADMIN.email.toUpperCase() });
    expect(response).toMatchObject({
      status: 200,
      body: { user: { email: ADMIN.email, name: 'Admin', role: 'admin' } },
    });
    const [cookie = ''] = response.headers.getSetCookie();
    expect(cookie).toMatch(/^studio_session=[\w-]{43}; /);
    expect(cookie).toContain('HttpOnly');
    expect(cookie).toContain('SameSite=Lax');
    expect(cookie).toContain('Path=/');
    const token = /=([\w-]+)/.exec(cookie)?.[1] ?? '';
    const rows: Array<{ id_hash: Buffer }> = await studio.database.query('SELECT id_hash FROM sessions');
    expect(rows.some((row) => row.id_hash.equals(Buffer.from(token, 'base64url')))).toBe(false);
  });

  test('under TLS binds the cookie to the host and to https', async () => {
    const tls = await startInProcess({ STUDIO_PUBLIC_URL: 'https://studio.example.com' });
    const response = await ApiClient.anonymous(tls.url).post('/auth/login', ADMIN);
    expect(response.headers.getSetCookie()[0]).toMatch(/^__Host-studio_session=.*; Secure/);
    expect(response.headers.get('strict-transport-security')).toContain('max-age=');
    await tls.close();
  });

  test('answers a wrong password and an unknown account alike', async () => {
    const wrong = await anybody.post('/auth/login', { ...ADMIN, password: 'wrong-wrong-wrong' });
    const unknown = await anybody.post('/auth/login', {
      email: 'nobody@example.com',
      password: 'wrong-wrong-wrong',
    });
    for (const answer of [wrong, unknown]) {
      expect(answer).toMatchObject({ status: 401, body: { detail: 'Invalid email or password' } });
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
  });

  test('ends the session the browser had', async () => {
    const first = sessionOf(await sendLogin({ 'content-type': 'application/json' }));
    const second = sessionOf(await sendLogin({ 'content-type': 'application/json', cookie: first }));
    expect(second).not.toBe(first);
    expect((await me(first)).status).toBe(401);
    expect((await me(second)).status).toBe(200);
  });

  test('has to wait after repeated failures, known account or not', async () => {
    for (const email of ['throttled@example.com', 'Throttled2@example.com']) {
      const statuses: number[] = [];
      for (let count = 0; count < 10; count += 1) {
        statuses.push((await anybody.post('/auth/login', { email, password: 'wrong-wrong-wrong' })).status);
      }
      expect(new Set(statuses)).toEqual(new Set([401]));
      const refused = await anybody.post('/auth/login', {
        email: email.toLowerCase(),
        password: 'wrong-wrong-wrong',
      });
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    }
  });
});

describe('a session', () => {
  test('ends with logging out', async () => {
    const cookie = sessionOf(await sendLogin({ 'content-type': 'application/json' }));
    const logout = await fetch(`${studio.url}/api/v1/auth/logout`, { method: 'POST', headers: { cookie } });
    expect(await logout.json()).toEqual({ status: 'ok' });
    expect((await me(cookie)).status).toBe(401);
  });

  test('ends after 8 hours without use, and after 7 days in any case', async () => {
    const idle = sessionOf(await sendLogin({ 'content-type': 'application/json' }));
    const busy = sessionOf(await sendLogin({ 'content-type': 'application/json' }));
    clock.forward(7.9 * HOUR);
    expect((await me(busy)).status).toBe(200);
    clock.forward(0.2 * HOUR);
    expect((await me(idle)).status).toBe(401);
    for (let hours = 8.1; hours + 7 < 7 * 24; hours += 7) {
      expect((await me(busy)).status).toBe(200);
      clock.forward(7 * HOUR);
    }
    expect((await me(busy)).status).toBe(200);
    clock.forward(7 * HOUR);
    expect((await me(busy)).status).toBe(401);
  });

  test.each(['studio_session=x', `studio_session=${'x'.repeat(43)}`, 'other=1'])(
    'does not come from %p',
    async (cookie) => {
      expect((await me(cookie)).status).toBe(401);
    },
  );
});

describe('changes', () => {
  const json = { 'content-type': 'application/json' };

  test.each([
    [{ ...json, origin: 'https://evil.example' }, 403],
    [{ ...json, 'sec-fetch-site': 'cross-site' }, 403],
    [{ ...json, 'sec-fetch-site': 'same-origin', origin: 'https://proxied.example' }, 200],
    [json, 200],
  ])('sent with %p are answered %p', async (headers, status) => {
    expect((await sendLogin(headers)).status).toBe(status);
  });

  test('are accepted as JSON only', async () => {
    const form = await sendLogin(
      { 'content-type': 'application/x-www-form-urlencoded' },
      'email=a&password=b',
    );
    expect(form.status).toBe(415);
    const text = await sendLogin({ 'content-type': 'text/plain' }, JSON.stringify(ADMIN));
    expect(text.status).toBe(415);
  });
});
