import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runToEnd } from '../../../server/tools/child-process.ts';
import { npm } from './npm.ts';

/** Exact, so that a run of years ago can be repeated. The newest is the one that runs the tests. */
const OLDER = ['20.20.2', '22.23.3'];
const PLATFORM = `node-${process.platform}-${process.arch}`;

export interface NodeVersion {
  readonly version: string;
  readonly program: string;
}

/**
 * The Node versions the package promises. Older ones come from npm, once, into a cache of the workspace; where npm has
 * none for this machine, or cannot be reached, the reason is printed and only the present one is used.
 */
export async function nodeVersions(cacheDir: string): Promise<NodeVersion[]> {
  const found: NodeVersion[] = [];
  for (const version of OLDER) {
    const program = await olderNode(cacheDir, version);
    if (program !== undefined) found.push({ version, program });
  }
  return [...found, { version: process.versions.node, program: process.execPath }];
}

async function olderNode(cacheDir: string, version: string): Promise<string | undefined> {
  const home = join(cacheDir, `${PLATFORM}-${version}`);
  const program = join(home, 'node_modules', PLATFORM, 'bin', 'node');
  if (existsSync(program)) return program;
  mkdirSync(cacheDir, { recursive: true });
  const folder = mkdtempSync(join(cacheDir, 'loading-'));
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const { code, output } = await npm(folder, 'install', `${PLATFORM}@${version}`);
  if (code === 0) moveInto(folder, home);
  rmSync(folder, { recursive: true, force: true });
  if (!existsSync(program)) {
    process.stderr.write(`Node ${version} is left out, ${PLATFORM} cannot be installed:\n${output}\n`);
    return undefined;
  }
  const { output: said } = await runToEnd(program, ['--version']);
  if (said.trim() !== `v${version}`) throw new Error(`${program} says it is ${said}`);
  return program;
}

/** Another run may have been faster. */
function moveInto(folder: string, home: string): void {
  try {
    renameSync(folder, home);
  } catch (error) {
    if (!existsSync(home)) throw error;
  }
}
