import type { Redis } from 'ioredis';
import { type Reply } from './stream-watch.ts';

/**
 * Commands that leave in one write, without the copy of all their bytes a pipeline makes first. Never rejects.
 * @param commands each sends one
 */
export async function sentTogether(
  { stream }: Redis,
  commands: readonly (() => Promise<unknown>)[],
): Promise<Reply[]> {
  stream.cork();
  // One that throws says no more than one that rejects, and those before it are answered.
  const replies = commands.map(async (send) => send());
  stream.uncork();
  const settled = await Promise.allSettled(replies);
  return settled.map((reply) =>
    reply.status === 'fulfilled' ? [null, reply.value] : [asError(reply.reason), undefined],
  );
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));
