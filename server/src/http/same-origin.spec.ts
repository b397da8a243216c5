import { expect, test } from '@jest/globals';
import { isFromOwnOrigin } from './same-origin.ts';

const PUBLIC_URL = 'https://studio.example.com';

function post(headers: { origin?: string; secFetchSite?: string; host?: string }): boolean {
  const { origin, secFetchSite, host = 'studio.example.com' } = headers;
  return isFromOwnOrigin({ method: 'POST', host, origin, secFetchSite }, PUBLIC_URL);
}

test('reading is allowed from anywhere', () => {
  const headers = { method: 'GET', host: 'x', origin: 'https://evil.example', secFetchSite: 'cross-site' };
  expect(isFromOwnOrigin(headers, PUBLIC_URL)).toBe(true);
});

test.each([
  [{ secFetchSite: 'same-origin' }, true],
  [{ secFetchSite: 'none' }, true],
  [{ secFetchSite: 'same-site' }, false],
  [{ secFetchSite: 'cross-site', origin: PUBLIC_URL }, false],
  [{ origin: PUBLIC_URL, host: 'internal:8001' }, true],
  [{ origin: 'http://localhost:8001', host: 'localhost:8001' }, true],
  [{ origin: 'https://evil.example' }, false],
  [{ origin: 'https://studio.example.com.evil.example' }, false],
  [{ origin: 'null' }, false],
  [{}, true],
])('a change with %p is allowed: %p', (headers, isAllowed) => {
  expect(post(headers)).toBe(isAllowed);
});
