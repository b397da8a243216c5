import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECKOUT } from './checkout.ts';
import { fail, print, step } from './progress.ts';
import { build } from './studio-stack.ts';
import { CHROMIUM, REDIS, ensureProgram } from './system-program.ts';

const HELP = `npm test: unit, integration and browser tests of every project.

Starts and stops a PostgreSQL and a Redis of its own; installs Redis and Chromium with apt-get where they are missing
and it may. A name or more runs only these: npm test -- ${'sdk'} console server browser
  --without-browser   leaves the browser tests out (and says so)`;

/** The Node projects are native ES modules; Angular's tests are compiled to CommonJS, which that flag would break. */
const ES_MODULES = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];

/** In the order of their cost: flags of node, the folder jest runs in, arguments of jest. */
const SUITES = [
  { name: 'sdk', folder: 'sdk', node: ES_MODULES, jest: [] },
  { name: 'console', folder: 'console', node: [], jest: [] },
  { name: 'server', folder: 'server', node: ES_MODULES, jest: [] },
  {
    name: 'browser',
    folder: 'console',
    node: ES_MODULES,
    jest: ['--config', 'e2e/jest.config.js', '--runInBand'],
  },
] as const;

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

async function main(): Promise<void> {
  const flags = process.argv.slice(2);
  if (flags.includes('--help')) return print(HELP);
  const isWithoutBrowser = flags.includes('--without-browser');
  const names = flags.filter((flag) => !flag.startsWith('--'));
  await ensureProgram(REDIS);
  if (!isWithoutBrowser) await ensureProgram(CHROMIUM);
  await step('Building what is not built', () => build());
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  let isGreen = true;
  for (const suite of SUITES) {
    if (names.length > 0 && !names.includes(suite.name)) continue;
    if (suite.name === 'browser' && isWithoutBrowser) {
      print('\nThe browser tests were left out: --without-browser.');
      continue;
    }
    isGreen = runSuite(suite, total) && isGreen;
  }
  print(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  if (!isGreen) process.exit(1);
}

function runSuite(suite: (typeof SUITES)[number], total: Counts): boolean {
  print(`\n── ${suite.name} ──`);
  const folder = mkdtempSync(join(tmpdir(), 'swisper-studio-results-'));
  const results = join(folder, 'results.json');
  const jest = join(CHECKOUT, 'node_modules/jest/bin/jest.js');
  const run = spawnSync(
    process.execPath,
    [...suite.node, jest, ...suite.jest, '--json', `--outputFile=${results}`, '--passWithNoTests=false'],
    { cwd: join(CHECKOUT, suite.folder), stdio: ['ignore', 'ignore', 'inherit'] },
  );
  addCounts(total, results);
  rmSync(folder, { recursive: true, force: true });
  return run.status === 0;
}

function addCounts(total: Counts, resultsFile: string): void {
  try {
    const results: unknown = JSON.parse(readFileSync(resultsFile, 'utf8'));
    if (typeof results !== 'object' || results === null) return;
    const count = (name: string) => Number(Reflect.get(results, name) ?? 0);
    total.passed += count('numPassedTests');
    total.failed += count('numFailedTests') + count('numRuntimeErrorTestSuites');
    total.skipped += count('numPendingTests') + count('numTodoTests');
  } catch {
    total.failed += 1;
  }
}

await main().catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
