import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from './checkout.ts';
import { fail, print } from './progress.ts';

/** What eslint does not see: templates, styles and scripts are bound to the same size, and the top level is fixed. */
const MAX_LINES = 300;
const SOURCE = /\.(ts|js|mjs|cjs|html|scss|css|sql|sh)$/;
const GENERATED = /\/generated\//;
const TOP_LEVEL = new Set([
  ...[
    'server',
    'console',
    'sdk',
    'migrations',
    'docker',
    'nx.json',
    'package.json',
    'jest.preset.js',
    'README.md',
  ],
  ...[
    'package-lock.json',
    'tsconfig.base.json',
    'eslint.config.mjs',
    '.prettierrc',
    '.prettierignore',
    '.gitignore',
  ],
  ...['.dockerignore', '.npmrc', '.env.example', '.ci', 'CONTRIBUTING.md', 'LICENSE'],
]);

const listing = spawnSync('git', ['ls-files', '-co', '--exclude-standard'], {
  cwd: CHECKOUT,
  encoding: 'utf8',
});
const files = listing.stdout.split('\n').filter((file) => file !== '');
const problems: string[] = [];
for (const name of new Set(files.map((file) => file.split('/')[0] ?? ''))) {
  if (!TOP_LEVEL.has(name))
    problems.push(`${name}: no place at the top level (see "Layout" in CONTRIBUTING.md)`);
}
for (const file of files) {
  if (!SOURCE.test(file) || GENERATED.test(file)) continue;
  const lines = readFileSync(join(CHECKOUT, file), 'utf8').split('\n').length - 1;
  if (lines > MAX_LINES) problems.push(`${file}: ${lines} lines, at most ${MAX_LINES}`);
}
if (problems.length > 0) fail(problems.join('\n'));
print(`Structure is fine: ${files.length} files, none over ${MAX_LINES} lines.`);
