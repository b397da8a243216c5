import type { Redis } from 'ioredis';
import { accountKey, CONSUMER_GROUP } from 'swisper-studio/contract';

/** What Redis itself says about the stream. */
export interface StreamCounts {
  /** Entries ever added. */
  readonly added: number;
  /** Entries in it now. */
  readonly waiting: number;
  /** Entries the server counted as stored. */
  readonly acked: number;
  /** Whether every entry was handed out to somebody. */
  readonly isAllDelivered: boolean;
  /** Entries handed out and not acknowledged, per consumer. */
  readonly pending: ReadonlyMap<string, number>;
}

export async function streamCounts(redis: Redis, stream: string): Promise<StreamCounts> {
  const [info, groups, consumers, acked] = await Promise.all([
    redis.xinfo('STREAM', stream).catch(() => []),
    redis.xinfo('GROUPS', stream).catch(() => []),
    redis.xinfo('CONSUMERS', stream, CONSUMER_GROUP).catch(() => []),
    redis.hget(accountKey(stream), 'acked'),
  ]);
  const facts = pairs(info);
  const [group] = listed(groups).filter((one) => one.get('name') === CONSUMER_GROUP);
  return {
    added: Number(facts.get('entries-added') ?? 0),
    waiting: Number(facts.get('length') ?? 0),
    acked: Number(acked ?? 0),
    isAllDelivered: group?.get('last-delivered-id') === facts.get('last-generated-id'),
    pending: new Map(
      listed(consumers).map((consumer) => [String(consumer.get('name')), Number(consumer.get('pending'))]),
    ),
  };
}

const listed = (reply: unknown): Map<string, unknown>[] => (Array.isArray(reply) ? reply.map(pairs) : []);

function pairs(reply: unknown): Map<string, unknown> {
  const items: unknown[] = Array.isArray(reply) ? reply : [];
  const entries = items.flatMap((item, at) => (at % 2 === 0 ? [[String(item), items[at + 1]] as const] : []));
  return new Map(entries);
}
