import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisConnection } from './redis-connection.ts';

/**
 * Gives up a command together with its connection when nothing at all arrives for so long: a line that was cut without
 * a word looks like a slow one, except that a large answer on a slow line does arrive.
 */
export async function unlessSilent<T>(
  connection: RedisConnection,
  command: Promise<T>,
  silentMs: number,
): Promise<T> {
  const done = new AbortController();
  const silent = silence(connection, silentMs, done.signal).then(() => {
    connection.disconnect(true);
    throw new Error('Redis does not answer');
  });
  try {
    return await Promise.race([command, silent]);
  } finally {
    done.abort();
    silent.catch(() => undefined);
    command.catch(() => undefined);
  }
}

async function silence(connection: RedisConnection, silentMs: number, signal: AbortSignal): Promise<void> {
  let heard: number;
  do {
    heard = bytesHeard(connection);
    await sleep(silentMs, undefined, { signal, ref: false });
  } while (bytesHeard(connection) > heard);
}

/** There is no socket before the first connection. */
function bytesHeard({ stream }: { readonly stream?: { readonly bytesRead: number } }): number {
  return stream?.bytesRead ?? 0;
}
