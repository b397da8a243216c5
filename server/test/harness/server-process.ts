import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type TiedProcess, spawnTied } from '../../tools/child-process.ts';
import { freePort } from '../../tools/free-port.ts';
import { createDatabase, sharedRedisUrl, uniqueStream } from './services.ts';

export const ADMIN = { email: 'admin@example.com', password: 'correct-horse-battery' };

const MAIN = join(import.meta.dirname, '../../dist/main.js');

export interface ServerProcess extends TiedProcess {
  readonly url: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly streamName: string;
  /** What it has written so far, standard output and error. */
  log(): string;
}

export interface ServerOptions {
  /** Over the defaults; undefined removes one. */
  environment?: Record<string, string | undefined>;
  /** Further arguments of node, e.g. `['--import', file]`. */
  nodeArguments?: readonly string[];
  /** What to wait for; default `ready`. */
  until?: 'ready' | 'live' | 'spawned';
}

/**
 * Starts the built server as a process of its own, on a database of its own unless the environment names one.
 * Give the environment of an ended one to start it again.
 */
export async function startServer(options: ServerOptions = {}): Promise<ServerProcess> {
  if (!existsSync(MAIN)) throw new Error('server/dist is not built: npm run build');
  const port = Number(options.environment?.['PORT'] ?? (await freePort()));
  const databaseUrl = options.environment?.['DATABASE_URL'] ?? (await createDatabase()).url;
  const redisUrl = options.environment?.['OBSERVABILITY_REDIS_URL'] ?? sharedRedisUrl();
  const streamName = options.environment?.['OBSERVABILITY_STREAM_NAME'] ?? uniqueStream();
  const logFile = join(mkdtempSync(join(tmpdir(), 'swisper-studio-server-')), 'server.log');
  const tied = spawnTied(process.execPath, [...(options.nodeArguments ?? []), MAIN], {
    logFile,
    env: {
      PATH: process.env['PATH'],
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      OBSERVABILITY_REDIS_URL: redisUrl,
      OBSERVABILITY_STREAM_NAME: streamName,
      STUDIO_ADMIN_EMAIL: ADMIN.email,
      STUDIO_ADMIN_PASSWORD: ADMIN.password,
      ...options.environment,
    },
  });
  const log = () => readFileSync(logFile, 'utf8');
  const server = {
    ...tied,
    url: `http://127.0.0.1:${port}`,
    databaseUrl,
    redisUrl,
    streamName,
    log,
  };
  if (options.until !== 'spawned') await answers(server, options.until ?? 'ready');
  return server;
}

async function answers(server: ServerProcess, probe: 'ready' | 'live'): Promise<void> {
  let hasEnded = false;
  void server.ended.then(() => (hasEnded = true));
  const deadline = performance.now() + 300_000;
  while (performance.now() < deadline) {
    if (hasEnded) throw new Error(`The server ended before it was ${probe}:\n${server.log()}`);
    const answer = await fetch(`${server.url}/health/${probe}`).catch(() => undefined);
    if (answer?.status === 200) return;
    await sleep(50);
  }
  throw new Error(`The server was not ${probe} within 300 s:\n${server.log()}`);
}
