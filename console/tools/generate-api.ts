import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Makes the types of the HTTP API from server/openapi.json. With `--check` it changes nothing and fails when the
 * committed types are not what it would make.
 */
const CONSOLE = join(import.meta.dirname, '..');
const COMMITTED = join(CONSOLE, 'src/app/api/generated/models');

export function generateTypes(): ReadonlyMap<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'swisper-studio-api-'));
  try {
    const require = createRequire(import.meta.url);
    const program = require.resolve('ng-openapi-gen/lib/index.js');
    const config = join(CONSOLE, 'ng-openapi-gen.json');
    execFileSync(process.execPath, [program, '--config', config, '--output', folder], {
      cwd: CONSOLE,
      stdio: 'pipe',
    });
    return filesOf(join(folder, 'models'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Names of files that are missing, left over or different. */
export function staleTypes(): string[] {
  const made = generateTypes();
  const committed = filesOf(COMMITTED);
  const names = new Set([...made.keys(), ...committed.keys()]);
  return [...names].filter((name) => made.get(name) !== committed.get(name)).sort();
}

function writeTypes(files: ReadonlyMap<string, string>): void {
  rmSync(COMMITTED, { recursive: true, force: true });
  mkdirSync(COMMITTED, { recursive: true });
  for (const [name, text] of files) writeFileSync(join(COMMITTED, name), text);
}

function filesOf(folder: string): Map<string, string> {
  if (!existsSync(folder)) return new Map();
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

function main(): void {
  if (!process.argv.includes('--check')) {
    writeTypes(generateTypes());
    return;
  }
  const stale = staleTypes();
  if (stale.length === 0) return;
  console.error(
    `The API's types are not those of server/openapi.json: npm run generate:api\n${stale.join('\n')}`,
  );
  process.exitCode = 1;
}

if (import.meta.main) main();
