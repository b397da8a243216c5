import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runToEnd } from './child-process.ts';
import { step } from './progress.ts';

export interface SystemProgram {
  /** Names to look for on PATH, best first. */
  names: readonly string[];
  debianPackage: string;
  /** What to tell a person on a system where we cannot install it. */
  missing: string;
}

export const REDIS: SystemProgram = {
  names: ['redis-server', 'valkey-server'],
  debianPackage: 'redis-server',
  missing: [
    'SwisperStudio needs a Redis server (7.0 or newer), and neither redis-server nor valkey-server is on PATH.',
    'Three ways to get one:',
    '  1. Debian, Ubuntu:  sudo apt-get install redis-server      (macOS: brew install redis)',
    '  2. A container:     docker run --rm -p 6379:6379 redis:7 redis-server --appendonly yes',
    '                      then OBSERVABILITY_REDIS_URL=redis://localhost:6379 npm start',
    '  3. One you have:    OBSERVABILITY_REDIS_URL=redis://your-host:6379 npm start',
  ].join('\n'),
};

export const CHROMIUM: SystemProgram = {
  names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
  debianPackage: 'chromium',
  missing: [
    'The browser tests need Chromium, and none of chromium, chromium-browser, google-chrome is on PATH.',
    'Three ways to get one:',
    '  1. Debian, Ubuntu:  sudo apt-get install chromium          (macOS: brew install --cask chromium)',
    '  2. Put a Chrome you have on PATH under one of these names.',
    '  3. Run everything but the browser tests: npm run test -- --without-browser',
  ].join('\n'),
};

/** Full path of the program; installs it with apt-get where we may; throws with the three ways where we may not. */
export async function ensureProgram(program: SystemProgram): Promise<string> {
  const found = findOnPath(program.names);
  if (found !== undefined) return found;
  if (process.getuid?.() === 0 && findOnPath(['apt-get']) !== undefined) {
    await step(`Installing ${program.debianPackage} with apt-get`, () => aptInstall(program.debianPackage));
    const installed = findOnPath(program.names);
    if (installed !== undefined) return installed;
  }
  throw new Error(program.missing);
}

export function findOnPath(names: readonly string[]): string | undefined {
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/bin',
    '/usr/sbin',
    '/usr/local/bin',
  ];
  for (const name of names) {
    for (const folder of folders) {
      const path = join(folder, name);
      if (isExecutable(path)) return path;
    }
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function aptInstall(name: string): Promise<void> {
  // RUNLEVEL=1: the package must not start a service of its own on the default port.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  await runToEnd('apt-get', ['update', '-qq'], { env });
  const { code, output } = await runToEnd(
    'apt-get',
    ['install', '-y', '-qq', '--no-install-recommends', name],
    { env },
  );
  if (code !== 0) process.stderr.write(output);
}
