import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '..');

/** The built package as a program finds it: in the node_modules of an application of its own. */
export class BuiltPackage {
  /** The application's folder; its files are ES modules. */
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async build(): Promise<BuiltPackage> {
    // Below the package, so that the built files find ioredis as installed packages do; never committed.
    mkdirSync(join(root, 'node_modules'), { recursive: true });
    const folder = mkdtempSync(join(root, 'node_modules', 'built-'));
    const packageDir = join(folder, 'package');
    const tsup = resolve(root, '../node_modules/tsup/dist/cli-default.js');
    const args = [tsup, '--no-dts', '--out-dir', join(packageDir, 'dist')];
    await run(process.execPath, args, { cwd: root });
    writeFileSync(join(packageDir, 'package.json'), readFileSync(join(root, 'package.json')));
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'app', type: 'module' }));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(packageDir, join(folder, 'node_modules', 'swisper-studio'));
    return new BuiltPackage(folder);
  }

  /** Writes a program and runs it to its end. @returns what it printed */
  async run(file: string, source: string, env: Record<string, string> = {}): Promise<string> {
    writeFileSync(join(this.folder, file), source);
    const { stdout } = await run(process.execPath, [file], {
      cwd: this.folder,
      env: { PATH: process.env['PATH'], ...env },
      timeout: 300_000,
    });
    return stdout.trim();
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
