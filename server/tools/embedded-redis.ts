import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnTied } from './child-process.ts';
import { freePort } from './free-port.ts';
import { REDIS, ensureProgram } from './system-program.ts';

export interface EmbeddedRedis {
  /** redis:// URL, database 0. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

interface Options {
  dataDir: string;
  logFile: string;
  port?: number;
  /** Further redis-server arguments, e.g. `['--maxmemory', '64mb']`. */
  args?: readonly string[];
}

const START_TIMEOUT_MS = 300_000;

/** Starts redis-server (or valkey-server) on 127.0.0.1 with AOF everysec and noeviction: what the promise needs. */
export async function startRedis(options: Options): Promise<EmbeddedRedis> {
  const program = await ensureProgram(REDIS);
  const port = options.port ?? (await freePort());
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const child = spawnTied(program, [...serverArgs(port, options.dataDir), ...(options.args ?? [])], {
    logFile: options.logFile,
  });
  await Promise.race([
    ready(port),
    child.ended.then(() => {
      throw new Error(`Redis did not start; its last words are in ${options.logFile}`);
    }),
  ]);
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pid: child.process.pid ?? 0,
    stop: () => child.stop(20_000),
  };
}

function serverArgs(port: number, dataDir: string): string[] {
  return [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', dataDir, '--daemonize', 'no'],
    ...['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''],
    ...['--maxmemory-policy', 'noeviction'],
  ];
}

/** Ready means: answers PING with PONG, not with LOADING. */
async function ready(port: number): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!(await pings(port))) {
    if (performance.now() > deadline)
      throw new Error(`Redis on port ${port} did not answer within ${START_TIMEOUT_MS / 1000} s`);
    await sleep(20);
  }
}

function pings(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    const done = (isReady: boolean) => {
      socket.destroy();
      resolve(isReady);
    };
    socket.setTimeout(1_000, () => done(false));
    socket.once('error', () => done(false));
    socket.once('data', (data) => done(data.toString().startsWith('+PONG')));
  });
}
