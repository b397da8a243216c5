import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runToEnd } from '../../../server/tools/child-process.ts';
import { npm } from './npm.ts';

const SDK = resolve(import.meta.dirname, '../..');
export const WORKSPACE = resolve(SDK, '..');

export interface ProgramRun {
  readonly code: number | null;
  readonly output: string;
}

/** A project as a newcomer has it: nothing but this package, installed from what would be published. */
export class BlankProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'swisper-studio-blank-'));
  /** Names of the files in the package, as npm lists them. */
  files: readonly string[] = [];

  async install(): Promise<void> {
    const archive = await this.pack();
    writeFileSync(join(this.folder, 'package.json'), '{"name":"blank","private":true}');
    const { code, output } = await npm(this.folder, 'install', archive);
    if (code !== 0) await this.installWithoutRegistry(archive, output);
  }

  /** The installed package's folder. */
  get packageDir(): string {
    return join(this.folder, 'node_modules', 'swisper-studio');
  }

  run(program: string, ...args: string[]): Promise<ProgramRun> {
    return runToEnd(program, args, { cwd: this.folder, env: { PATH: process.env['PATH'] } });
  }

  write(file: string, text: string): string {
    writeFileSync(join(this.folder, file), text);
    return file;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async pack(): Promise<string> {
    const staging = join(this.folder, 'staging');
    mkdirSync(staging);
    for (const file of ['package.json', 'README.md', 'LICENSE']) cpSync(join(SDK, file), join(staging, file));
    await takeBuilt(join(staging, 'dist'));
    // Something that must not be published.
    mkdirSync(join(staging, 'src'));
    writeFileSync(join(staging, 'src', 'secret.ts'), '');
    const { code, output } = await npm(staging, 'pack', '--json');
    if (code !== 0) throw new Error(`npm pack failed:\n${output}`);
    const archive = readdirSync(staging).find((name) => name.endsWith('.tgz'));
    if (archive === undefined) throw new Error(`npm pack made no archive:\n${output}`);
    this.files = [...output.matchAll(/"path": "([^"]+)"/g)].map(([, path]) => path ?? '');
    return join(staging, archive);
  }

  /** Nobody to ask for ioredis: then it is the workspace's. */
  private async installWithoutRegistry(archive: string, reason: string): Promise<void> {
    process.stderr.write(`ioredis is the workspace's, npm could not install it:\n${reason}\n`);
    mkdirSync(this.packageDir, { recursive: true });
    const args = ['-xzf', archive, '-C', this.packageDir, '--strip-components=1'];
    const { code, output } = await runToEnd('tar', args);
    if (code !== 0) throw new Error(`the package cannot be unpacked:\n${output}`);
    symlinkSync(join(WORKSPACE, 'node_modules', 'ioredis'), join(this.folder, 'node_modules', 'ioredis'));
  }
}

function isFresh(): boolean {
  const built = join(SDK, 'dist', 'index.d.cts');
  if (!existsSync(built)) return false;
  const builtAt = statSync(built).mtimeMs;
  const sources = readdirSync(join(SDK, 'src'), { recursive: true, encoding: 'utf8' });
  const files = [...sources.map((name) => join('src', name)), 'tsup.config.ts', 'package.json'];
  return files.every((file) => /\.spec\.ts$/.test(file) || statSync(join(SDK, file)).mtimeMs < builtAt);
}

/** Builds what has changed since, beside the sources: source maps name them by the way from there. */
async function takeBuilt(target: string): Promise<void> {
  if (isFresh()) return cpSync(join(SDK, 'dist'), target, { recursive: true });
  const folder = mkdtempSync(join(SDK, 'node_modules', 'built-'));
  const tsup = join(WORKSPACE, 'node_modules/tsup/dist/cli-default.js');
  const { code, output } = await runToEnd(process.execPath, [tsup, '--out-dir', folder], { cwd: SDK });
  if (code !== 0) throw new Error(`the build failed:\n${output}`);
  cpSync(folder, target, { recursive: true });
  rmSync(folder, { recursive: true });
}
