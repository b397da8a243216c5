import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/**
 * Makes docker/dist/runtime: what the image runs and nothing else. The built projects, and of node_modules exactly
 * what the server depends on in production, copied from the locked installation.
 */
const CHECKOUT = join(import.meta.dirname, '..');
const RUNTIME = join(import.meta.dirname, 'dist/runtime');
const BUILT = ['server/dist', 'console/dist/browser', 'sdk/dist', 'migrations/dist'];
const MANIFESTS = ['server', 'sdk', 'migrations'];
const ENTRY = 'server/dist/main.js';

function main(): void {
  const missing = BUILT.filter((folder) => !existsSync(join(CHECKOUT, folder)));
  if (missing.length > 0) throw new Error(`Not built: ${missing.join(', ')}. Run: npm run build`);
  rmSync(RUNTIME, { recursive: true, force: true });
  for (const folder of BUILT) copy(folder);
  for (const project of MANIFESTS) copy(`${project}/package.json`);
  writeFileSync(join(RUNTIME, 'package.json'), rootManifest());
  const modules = productionModules();
  for (const folder of modules) copy(folder);
  for (const project of ['sdk', 'migrations']) linkProject(project);
  process.stdout.write(`Runtime folder: ${RUNTIME} (${modules.length} packages). Start: node ${ENTRY}\n`);
}

function copy(path: string): void {
  cpSync(join(CHECKOUT, path), join(RUNTIME, path), {
    recursive: true,
    dereference: true,
    filter: (source) => !source.endsWith('.map') && !source.endsWith('.d.ts') && !source.endsWith('.d.cts'),
  });
}

function rootManifest(): string {
  const { name, version, license } = manifest('.');
  return `${JSON.stringify({ name, version, license, private: true, type: 'module' }, null, 2)}\n`;
}

/** Folders of the production packages, relative to the checkout, as npm itself lists them. */
function productionModules(): string[] {
  const args = ['ls', '--all', '--parseable', '--omit=dev', '--workspace', '@swisper-studio/server'];
  const result = spawnSync('npm', args, { cwd: CHECKOUT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const folders = result.stdout
    .split('\n')
    .map((line) => relative(CHECKOUT, line))
    .filter((folder) => folder.includes('node_modules') && existsSync(join(CHECKOUT, folder)));
  if (folders.length === 0) throw new Error(`npm ls found no packages:\n${result.stderr}`);
  return [...new Set(folders)].filter((folder) => !isWorkspaceLink(folder));
}

function isWorkspaceLink(folder: string): boolean {
  return ['node_modules/swisper-studio', 'node_modules/@swisper-studio'].some((prefix) =>
    folder.startsWith(prefix),
  );
}

/** A workspace is a link in node_modules of the checkout and a copy in the runtime folder. */
function linkProject(project: string): void {
  const target = join(RUNTIME, 'node_modules', manifest(project).name);
  mkdirSync(target, { recursive: true });
  cpSync(join(RUNTIME, project), target, { recursive: true });
  rmSync(join(RUNTIME, project), { recursive: true });
}

function manifest(project: string): { name: string; version: string; license: string } {
  return JSON.parse(readFileSync(join(CHECKOUT, project, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license: string;
  };
}

main();
