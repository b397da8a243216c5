import { afterAll, expect, test } from '@jest/globals';
import { CHECKOUT } from '../../tools/checkout.ts';
import { runToEnd } from '../../tools/child-process.ts';
import { ApiClient } from '../harness/api-client.ts';
import { type ServerProcess, startServer } from '../harness/server-process.ts';

const servers: ServerProcess[] = [];
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
});

test('npm start with three bad settings names all three and exits 1, before anything is started', async () => {
  const result = await run('npm', ['start'], {
    PORT: 'eighty',
    STUDIO_ROLES: 'api,cook',
    OBSERVABILITY_BATCH_SIZ: '5',
  });
  expect(result.code).toBe(1);
  expect(result.output).toMatch(/PORT.*eighty/);
  expect(result.output).toMatch(/STUDIO_ROLES.*cook/);
  expect(result.output).toMatch(/OBSERVABILITY_BATCH_SIZ.*OBSERVABILITY_BATCH_SIZE/);
});

test('a bad secret is named, not shown', async () => {
  const result = await run('npm', ['start'], { DATABASE_URL: 'mysql://root:hunter2@db/studio' });
  expect(result.code).toBe(1);
  expect(result.output).toContain('DATABASE_URL');
  expect(result.output).not.toContain('hunter2');
});

test('the first run without admin settings prints a set-up link that works once', async () => {
  const server = await startServer({
    environment: { STUDIO_ADMIN_EMAIL: undefined, STUDIO_ADMIN_PASSWORD: undefined },
  });
  servers.push(server);
  const token = /\/setup\?token=([\w-]+)/.exec(server.log())?.[1] ?? '';
  expect(token.length).toBeGreaterThanOrEqual(43);
  const anybody = ApiClient.anonymous(server.url);
  const account = { token, email: 'first@example.com', password: 'correct-horse-battery' };
  const [one, other] = await Promise.all([
    anybody.post('/auth/setup', account),
    anybody.post('/auth/setup', account),
  ]);
  expect([one.status, other.status].filter((status) => status === 200)).toHaveLength(1);
  expect((await anybody.post('/auth/setup', { ...account, email: 'late@example.com' })).status).not.toBe(200);
  const person = await ApiClient.signedIn(server.url, account);
  expect((await person.get('/auth/me')).status).toBe(200);
});

test('SIGTERM ends the server with exit code 0', async () => {
  const server = await startServer();
  await server.stop(120_000);
  expect(await server.ended).toEqual({ code: 0, signal: null });
});

function run(command: string, args: string[], environment: Record<string, string>) {
  return runToEnd(command, args, { cwd: CHECKOUT, env: { PATH: process.env['PATH'], ...environment } });
}
