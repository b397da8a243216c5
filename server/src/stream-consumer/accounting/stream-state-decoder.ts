import { listOf, pairsOf, redisTimeMs } from '../reading/redis-reply-decoder.ts';
import { receivedMsOf } from '../reading/stream-reader.ts';

/** A consumer group as XINFO GROUPS shows it. */
export interface GroupState {
  readonly name: string;
  readonly consumers: number;
  readonly pending: number;
  readonly lastDeliveredId: string;
  readonly entriesRead: number | null;
  /** Null where Redis does not know. */
  readonly lag: number | null;
  /** The least of its consumers', ms; null without consumers. */
  readonly idleMs: number | null;
}

export interface ConsumerState {
  readonly name: string;
  readonly pending: number;
  /** Since it last asked for entries, ms; before Redis 7.2, since it was last given some. */
  readonly idleMs: number;
}

/** The stream at one moment. In entries: added = acked + waiting + lost, since the epoch began. */
export interface StreamState {
  /** Null while there is no stream, or Redis is too full to note the epoch. */
  readonly epoch: string | null;
  readonly length: number;
  /** Null before Redis 7.0. */
  readonly added: number | null;
  readonly acked: number;
  /** Not stored yet; null where other groups share the stream and Redis does not know. */
  readonly waiting: number | null;
  readonly lost: number | null;
  /** Redis' clock. */
  readonly nowMs: number;
  /** When the oldest entry in the stream was added; null while it is empty. */
  readonly firstMs: number | null;
  /** When the oldest entry that waits was added, by Redis' clock; null while none waits. */
  readonly oldestMs: number | null;
  /** Of the oldest entries; null while none waits. */
  readonly eventsPerEntry: number | null;
  readonly groups: readonly GroupState[];
  /** Of our group. */
  readonly consumers: readonly ConsumerState[];
}

/** Reads the answer of STREAM_STATE. */
export function streamStateOf(reply: unknown): StreamState {
  const [epoch, length, added, acked, waiting, seconds, micros, ...rest] = listOf(reply);
  const [first, oldest, events, sampled, groups, consumers] = rest;
  const known = { added: knownCount(added), acked: Number(acked), waiting: knownCount(waiting) };
  const isKnown = known.added !== null && known.waiting !== null;
  const oldestId = typeof oldest === 'string' && known.waiting !== 0 ? oldest : '';
  return {
    epoch: typeof epoch === 'string' && epoch !== '' ? epoch : null,
    length: Number(length),
    ...known,
    lost: isKnown ? (known.added ?? 0) - known.acked - (known.waiting ?? 0) : null,
    nowMs: redisTimeMs([seconds, micros]),
    firstMs: typeof first === 'string' && first !== '' ? receivedMsOf(first) : null,
    oldestMs: oldestId === '' ? null : receivedMsOf(oldestId),
    eventsPerEntry: Number(sampled) > 0 ? Number(events) / Number(sampled) : null,
    groups: listOf(groups).map(groupOf),
    consumers: listOf(consumers).map(consumerOf),
  };
}

function groupOf(reply: unknown): GroupState {
  const [raw, idle] = listOf(reply);
  const group = pairsOf(raw);
  return {
    name: String(group.get('name')),
    consumers: numberOf(group.get('consumers')) ?? 0,
    pending: numberOf(group.get('pending')) ?? 0,
    lastDeliveredId: String(group.get('last-delivered-id')),
    entriesRead: numberOf(group.get('entries-read')),
    lag: numberOf(group.get('lag')),
    idleMs: knownCount(idle),
  };
}

function consumerOf(reply: unknown): ConsumerState {
  const consumer = pairsOf(reply);
  return {
    name: String(consumer.get('name')),
    pending: numberOf(consumer.get('pending')) ?? 0,
    idleMs: numberOf(consumer.get('idle')) ?? 0,
  };
}

const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);
const knownCount = (value: unknown): number | null =>
  typeof value === 'number' && value >= 0 ? value : null;
