import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../harness/eventually.ts';
import { openApiDocument } from '../../src/app/openapi-document.ts';
import { type AppInProcess, startInProcess } from './app-in-process.ts';

/** Routes that anybody may use; every other one needs credentials. */
const PUBLIC = [
  'post /api/v1/auth/login',
  'post /api/v1/auth/logout',
  'get /api/v1/auth/state',
  'get /api/v1/auth/setup',
  'post /api/v1/auth/setup',
  'get /health/live',
  'get /health/ready',
];
const METHODS = ['get', 'post', 'patch', 'put', 'delete'];
let studio: AppInProcess;

beforeAll(async () => {
  studio = await startInProcess();
});
afterAll(() => studio.close());

/** `get /api/v1/projects/{id}`, for every operation there is. */
function routes(): string[] {
  return Object.entries(openApiDocument(studio.app).paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((method) => METHODS.includes(method))
      .map((method) => `${method} ${path}`),
  );
}

function call(route: string, headers: Record<string, string>): Promise<Response> {
  const [method = '', path = ''] = route.split(' ');
  const url = studio.url + path.replaceAll(/\{\w+\}/g, '01a1fc26-9881-75ee-9b69-0f7a1562f35a');
  const hasBody = method !== 'get' && method !== 'delete';
  return fetch(url, {
    method: method.toUpperCase(),
    headers: { ...headers, ...(hasBody ? { 'content-type': 'application/json' } : {}) },
    ...(hasBody ? { body: '{}' } : {}),
  });
}

test('the public routes are the ones listed here', () => {
  expect(routes()).toEqual(expect.arrayContaining(PUBLIC));
});

test('every other route is 401 without credentials, with a wrong key and with a wrong session', async () => {
  const closed = routes().filter((route) => !PUBLIC.includes(route));
  expect(closed.length).toBeGreaterThan(10);
  for (const headers of [{}, { 'x-api-key': 'nonsense' }, { cookie: `studio_session=${'x'.repeat(43)}` }]) {
    for (const route of closed) {
      const response = await call(route, headers);
      expect([route, response.status]).toEqual([route, 401]);
    }
  }
});

test('every answer carries a request id, and a foreign one is taken where it looks like one', async () => {
  const own = await call('get /health/live', {});
  expect(own.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  const given = await call('get /api/v1/auth/me', { 'x-request-id': 'proxy-12345678' });
  expect(given.headers.get('x-request-id')).toBe('proxy-12345678');
  expect(await given.json()).toMatchObject({ request_id: 'proxy-12345678' });
  const hostile = await call('get /health/live', { 'x-request-id': '<script>alert(1)</script>' });
  expect(hostile.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
});

test('a process without the API role answers probes and nothing else', async () => {
  const worker = await startInProcess({ STUDIO_ROLES: 'scheduler', DATABASE_URL: studio.databaseUrl });
  await eventually(
    async () => (await fetch(`${worker.url}/health/ready`)).status,
    (status) => status === 200,
  );
  for (const path of ['/api/v1/auth/state', '/api/docs', '/']) {
    expect((await fetch(worker.url + path)).status).toBe(404);
  }
  await worker.close();
});
