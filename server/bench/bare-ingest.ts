import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnTied, type TiedProcess } from '../tools/child-process.ts';
import { freePort } from '../tools/free-port.ts';

const APP = join(import.meta.dirname, 'bare-ingest-app.ts');
const START_MS = 30_000;

/** The baseline of HTTP ingest, as a process of its own. */
export interface BareIngest extends TiedProcess {
  readonly url: string;
  readonly streamName: string;
}

/** Starts it and waits until it answers. */
export async function startBareIngest(redisUrl: string): Promise<BareIngest> {
  const port = String(await freePort());
  const streamName = `bench:${randomUUID()}`;
  const url = `http://127.0.0.1:${port}`;
  const tied = spawnTied(process.execPath, [APP, port, redisUrl, streamName]);
  for (const deadline = performance.now() + START_MS; performance.now() < deadline; await sleep(50)) {
    if (await fetch(url).catch(() => undefined)) return { ...tied, url, streamName };
  }
  await tied.stop();
  throw new Error('The bare server does not answer');
}
