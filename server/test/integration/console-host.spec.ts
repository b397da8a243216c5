import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AppInProcess, startInProcess } from './app-in-process.ts';

const consoleRoot = mkdtempSync(join(tmpdir(), 'studio-console-'));
let studio: AppInProcess;

beforeAll(async () => {
  mkdirSync(join(consoleRoot, 'media'));
  writeFileSync(join(consoleRoot, 'index.html'), '<app-root ngCspNonce="CSP_NONCE"></app-root>');
  writeFileSync(join(consoleRoot, 'main-K3QZV7XW.js'), `console.log(1);${' '.repeat(20_000)}`);
  writeFileSync(join(consoleRoot, 'favicon.ico'), 'icon');
  studio = await startInProcess({}, { consoleRoot });
});
afterAll(async () => {
  await studio.close();
  rmSync(consoleRoot, { recursive: true });
});

const get = (path: string, headers: Record<string, string> = {}) => fetch(studio.url + path, { headers });

test.each(['/', '/projects', '/projects/01a1fc26/traces/a.b?tab=state', '/login', '/index.html'])(
  'the page answers %s, never cached, with a nonce and a policy of its own',
  async (path) => {
    const [first, second] = [await get(path), await get(path)];
    expect(first.status).toBe(200);
    expect(first.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(first.headers.get('cache-control')).toBe('no-store');
    const html = await first.text();
    const nonce = /ngCspNonce="([^"]+)"/.exec(html)?.[1] ?? '';
    expect(nonce.length).toBeGreaterThan(20);
    expect(first.headers.get('content-security-policy')).toContain(`'nonce-${nonce}'`);
    expect(await second.text()).not.toBe(html);
  },
);

test('a file with a hash in its name is kept for ever and sent compressed; others are asked for again', async () => {
  const script = await get('/main-K3QZV7XW.js', { 'accept-encoding': 'gzip' });
  expect(script.status).toBe(200);
  expect(script.headers.get('content-type')).toContain('javascript');
  expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(script.headers.get('content-encoding')).toBe('gzip');
  expect(script.headers.get('x-content-type-options')).toBe('nosniff');
  expect(await script.text()).toContain('console.log(1)');
  const icon = await get('/favicon.ico');
  expect(icon.headers.get('cache-control')).toBe('no-cache');
  const etag = icon.headers.get('etag') ?? '';
  const unchanged = await studio.app.inject({ url: '/favicon.ico', headers: { 'if-none-match': etag } });
  expect(unchanged.statusCode).toBe(304);
});

test.each([
  '/api',
  '/api/',
  '/api/v1/nothing',
  '/api/v2/projects',
  '/health/nothing',
  '/missing-ABCDEFGH.js',
  '/ws/x',
])('no page hides a mistake in %s', async (path) => {
  const response = await get(path);
  expect(response.status).toBe(404);
  expect(response.headers.get('content-type')).toContain('application/problem+json');
});

test.each(['/..%2fpackage.json', '/%2e%2e/%2e%2e/etc/passwd', '/media/..%5c..%5cindex.js', '/%00.js', '/%'])(
  'no path leads out of the folder: %s',
  async (path) => {
    const response = await get(path);
    const body = await response.text();
    expect(body.includes('app-root') || response.status === 404 || response.status === 400).toBe(true);
    expect(body).not.toContain('root:');
    expect(body).not.toContain('"name"');
  },
);

test('another method than GET on a page is 404', async () => {
  expect((await fetch(`${studio.url}/projects`, { method: 'POST' })).status).toBe(404);
});

test('the API documentation has a page and a document', async () => {
  const page = await get('/api/docs');
  expect(page.status).toBe(200);
  expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
  expect((await (await get('/api/docs/swagger-ui-bundle.js')).text()).length).toBeGreaterThan(100_000);
  expect(await (await get('/api/docs/openapi.json')).json()).toMatchObject({
    info: { title: 'SwisperStudio' },
  });
});

test('without a built console its place is taken by a page that says so', async () => {
  const bare = await startInProcess({}, { consoleRoot: join(consoleRoot, 'missing') });
  const response = await fetch(bare.url);
  expect(response.status).toBe(503);
  expect(await response.text()).toContain('The console is not built');
  await bare.close();
});
