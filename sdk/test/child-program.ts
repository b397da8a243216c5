import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { type ObservedProject, waitUntil } from './observed-project.ts';

export interface End {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A program of `test/programs` as a process of its own, with the SDK's sources. It does not outlive this process. */
export class ChildProgram {
  readonly ended: Promise<End>;
  private readonly child: ChildProcess;
  private readonly onExit: () => void;
  private out = '';
  private err = '';

  private constructor(child: ChildProcess) {
    this.child = child;
    this.onExit = () => void child.kill('SIGKILL');
    process.once('exit', this.onExit);
    // It may end before it has read.
    child.stdin?.on('error', () => undefined);
    child.stdout?.on('data', (chunk: Buffer) => (this.out += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.err += chunk.toString()));
    this.ended = new Promise((resolve) => {
      // `close`: all that it wrote is here too.
      child.once('close', (code, signal) => {
        process.off('exit', this.onExit);
        resolve({ code, signal });
      });
    });
  }

  /** @param settings environment over that of the project */
  static start(
    file: string,
    project: ObservedProject,
    { args = [], settings = {} }: { args?: readonly string[]; settings?: Record<string, string> } = {},
  ): ChildProgram {
    const { projectId, streamName, apiKey, redisUrl } = project.options;
    const env = {
      PATH: process.env['PATH'],
      NODE_NO_WARNINGS: '1',
      SWISPER_STUDIO_PROJECT_ID: projectId,
      SWISPER_STUDIO_STREAM_NAME: streamName,
      SWISPER_STUDIO_API_KEY: apiKey,
      SWISPER_STUDIO_REDIS_URL: redisUrl,
      ...settings,
    };
    const program = join(import.meta.dirname, 'programs', file);
    return new ChildProgram(
      spawn(process.execPath, [program, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] }),
    );
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** What it printed so far, line by line; the last may be incomplete while it runs. */
  get lines(): string[] {
    return this.out.split('\n').filter((line) => line !== '');
  }

  get errors(): string {
    return this.err;
  }

  /** One line to its standard input. */
  say(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Until it printed the line. */
  async said(line: string): Promise<void> {
    await waitUntil(() => {
      if (this.lines.includes(line)) return true;
      if (this.child.exitCode !== null) throw new Error(`ended without saying "${line}": ${this.err}`);
      return false;
    });
  }
}
