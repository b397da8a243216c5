import { createServer } from 'node:net';

/** Below the ephemeral range, so that no outgoing connection takes the port while a server restarts. */
const LOWEST = 20_000;
const HIGHEST = 32_000;

/** Those who look at the same moment look in different places: each worker of jest has a share of its own. */
const SHARES = 4;
const SHARE = (HIGHEST - LOWEST) / SHARES;
const first = LOWEST + (Number(process.env['JEST_WORKER_ID'] ?? 0) % SHARES) * SHARE;

/** Given out by this process: whoever asked may not listen there yet. */
const given = new Set<number>();

/** A TCP port on 127.0.0.1 that nobody listens on now, and a different one each time. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = first + Math.floor(Math.random() * SHARE);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port between ${first} and ${first + SHARE} on 127.0.0.1`);
}

export function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
