import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

export interface TiedOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  uid?: number;
  gid?: number;
  /** Appended to; absent: the output is shown. */
  logFile?: string;
  /** How the child is asked to end, by us and when we die. Default SIGTERM. */
  endSignal?: 'SIGTERM' | 'SIGINT';
}

export interface TiedProcess {
  readonly process: ChildProcess;
  /** Settles when the child has ended, however it ended. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Asks it to end, kills it after `graceMs` (default 10 s). Safe to call twice. */
  stop(graceMs?: number): Promise<void>;
}

/** Waits for the pipe from us to close, which the kernel does for us even after kill -9. */
const WATCHDOG = 'cat >/dev/null; kill -"$1" "$2" 2>/dev/null';

/**
 * Starts a child in a process group of its own (Ctrl-C reaches only us, we end it in order) that does not outlive
 * this process.
 */
export function spawnTied(command: string, args: readonly string[], options: TiedOptions = {}): TiedProcess {
  const endSignal = options.endSignal ?? 'SIGTERM';
  const log = options.logFile === undefined ? undefined : openLog(options.logFile);
  const child = spawn(command, args, spawnOptions(options, log));
  if (log !== undefined) closeSync(log);
  const watchdog =
    child.pid === undefined
      ? undefined
      : spawn('sh', ['-c', WATCHDOG, 'sh', endSignal.slice(3), String(child.pid)], {
          detached: true,
          stdio: ['pipe', 'ignore', 'ignore'],
        });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('error', () => resolve({ code: 127, signal: null }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  }).finally(() => watchdog?.kill('SIGKILL'));
  return { process: child, ended, stop: (graceMs) => stop(child, ended, endSignal, graceMs) };
}

function openLog(logFile: string): number {
  mkdirSync(dirname(logFile), { recursive: true });
  return openSync(logFile, 'a');
}

function spawnOptions(options: TiedOptions, log: number | undefined): SpawnOptions {
  const output = log ?? 'inherit';
  return {
    detached: true,
    stdio: ['ignore', output, output],
    env: options.env ?? process.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
  };
}

async function stop(
  child: ChildProcess,
  ended: Promise<unknown>,
  signal: NodeJS.Signals,
  graceMs = 10_000,
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  const hardStop = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await ended;
  clearTimeout(hardStop);
}

/** Runs a command to its end without blocking us, so that progress is shown. Output is both streams, in order. */
export function runToEnd(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    child.once('error', (error) => resolve({ code: null, output: error.message }));
    child.once('close', (code) => resolve({ code, output }));
  });
}
