import type { Redis } from 'ioredis';
import { type Reply } from './stream-watch.ts';

/**
 * Commands that leave in one write, without the copy of all their bytes a pipeline makes first. Never rejects.
 * @param send calls the commands, and waits for none of them
 */
export async function sentTogether(
  { stream }: Redis,
  send: () => readonly Promise<unknown>[],
): Promise<Reply[]> {
  stream.cork();
  let replies: readonly Promise<unknown>[];
  try {
    replies = send();
  } finally {
    stream.uncork();
  }
  const settled = await Promise.allSettled(replies);
  return settled.map((reply) =>
    reply.status === 'fulfilled' ? [null, reply.value] : [asError(reply.reason), undefined],
  );
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));
