import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type TiedProcess, runToEnd, spawnTied } from './child-process.ts';
import { startPostgres } from './embedded-postgres.ts';
import { startRedis } from './embedded-redis.ts';
import { freePort, isFree } from './free-port.ts';
import { step } from './progress.ts';
import { CHECKOUT } from './checkout.ts';

export type Environment = Record<string, string | undefined>;

export interface StudioOptions {
  environment: Environment;
  /** Where the embedded services keep their data and logs. */
  stateDir: string;
  /** Absent: the server's log is shown. */
  serverLog?: string;
  /** What is built is run as it is. */
  isBuilt: boolean;
}

/** What was started, to be stopped in the opposite order. */
export interface StudioStack {
  /** Where API and console answer. */
  readonly url: string;
  readonly redisUrl: string;
  readonly server: TiedProcess;
  stop(): Promise<void>;
}

/** Where the embedded Redis is, unless taken: applications that publish to it are configured with its address. */
const REDIS_PORT = 26_379;
const READY_TIMEOUT_MS = 60_000;

/** Brings everything up: build, database and Redis (unless the environment names others), then the server. */
export async function startStudio(options: StudioOptions): Promise<StudioStack> {
  const { environment, stateDir, serverLog, isBuilt } = options;
  const port = Number(environment['PORT'] ?? 8001);
  if (!(await isFree(port))) {
    throw new Error(
      `Port ${port} is taken, perhaps by another SwisperStudio. Stop it, or set PORT to a free one.`,
    );
  }
  if (!isBuilt) await step('Building what is not built', () => build());
  mkdirSync(stateDir, { recursive: true, mode: 0o755 });
  const services = await startServices(environment, stateDir);
  const server = spawnTied(process.execPath, [join(CHECKOUT, 'server/dist/main.js')], {
    cwd: CHECKOUT,
    env: { ...environment, ...services.environment },
    ...(serverLog === undefined ? {} : { logFile: serverLog }),
  });
  const stop = async () => {
    await server.stop(30_000);
    await services.stop();
  };
  try {
    await step('Starting the server', () => serverReady(port, server));
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `http://localhost:${port}`, redisUrl: services.redisUrl, server, stop };
}

interface Services {
  environment: Environment;
  redisUrl: string;
  stop(): Promise<void>;
}

async function startServices(environment: Environment, stateDir: string): Promise<Services> {
  const logFile = (name: string) => join(stateDir, 'logs', `${name}.log`);
  const started: Array<{ stop(): Promise<void> }> = [];
  const urls: Environment = {};
  if (environment['DATABASE_URL'] === undefined && environment['DATABASE_URL_FILE'] === undefined) {
    const options = { dataDir: join(stateDir, 'postgres'), logFile: logFile('postgres') };
    const postgres = await step('Starting PostgreSQL', () =>
      startPostgres({ ...options, durability: 'durable' }),
    );
    started.unshift(postgres);
    urls['DATABASE_URL'] = postgres.url;
  }
  if (!REDIS_SETTINGS.some((name) => environment[name] !== undefined)) {
    const options = { dataDir: join(stateDir, 'redis'), logFile: logFile('redis') };
    const port = (await isFree(REDIS_PORT)) ? REDIS_PORT : await freePort();
    const redis = await step('Starting Redis', () => startRedis({ ...options, port })).catch(
      async (error: unknown) => {
        for (const service of started) await service.stop();
        throw error;
      },
    );
    started.unshift(redis);
    urls['OBSERVABILITY_REDIS_URL'] = redis.url;
  }
  return {
    environment: urls,
    redisUrl:
      urls['OBSERVABILITY_REDIS_URL'] ??
      environment['OBSERVABILITY_REDIS_URL'] ??
      environment['REDIS_URL'] ??
      '',
    stop: async () => {
      for (const service of started) await service.stop();
    },
  };
}

const REDIS_SETTINGS = [
  'OBSERVABILITY_REDIS_URL',
  'OBSERVABILITY_REDIS_URL_FILE',
  'REDIS_URL',
  'REDIS_URL_FILE',
];

/**
 * Builds through nx, which compiles only what has changed, but puts the built files anew in their place every time: what
 * runs from there meanwhile may miss them.
 */
export async function build(): Promise<void> {
  const nx = join(CHECKOUT, 'node_modules/.bin/nx');
  const { code, output } = await runToEnd(process.execPath, [nx, 'run-many', '-t', 'build'], {
    cwd: CHECKOUT,
  });
  if (code !== 0) throw new Error(`The build failed:\n${output}`);
}

async function serverReady(port: number, server: TiedProcess): Promise<void> {
  let hasEnded = false;
  void server.ended.then(() => (hasEnded = true));
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (performance.now() < deadline) {
    if (hasEnded) throw new Error('The server ended before it was ready; its reason is printed above.');
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined);
    if (answer?.status === 200) return;
    await sleep(100);
  }
  throw new Error(`The server did not become ready within ${READY_TIMEOUT_MS / 1000} s`);
}
