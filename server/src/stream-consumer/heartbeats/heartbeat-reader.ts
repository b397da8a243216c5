import { heartbeatStreamKey, HEARTBEAT_MAX_BYTES } from 'swisper-studio/contract';
import { type RedisCommands } from '../../redis/redis.module.ts';
import { listOf, redisTimeMs } from '../reading/redis-reply-decoder.ts';
import { receivedMsOf, type StreamEntry } from '../reading/stream-reader.ts';
import { entriesOf } from '../reading/stream-reply-decoder.ts';

/** One name for all replicas: each gets other entries, and what one left behind is pending under the name of all. */
const CONSUMER = 'heartbeats';
const PAGE_ENTRIES = 100;
/** What a replica took and did not finish in this time is taken again. */
const ABANDONED_MS = 10_000;

/**
 * What somebody left behind, then what is new. Where the stream is not there nothing is made; a group that is gone (lost
 * Redis) begins at the beginning. Entries that are too large come without their fields: they are not even to be carried
 * here. KEYS: stream. ARGV: group, consumer, most entries, idle ms, most bytes.
 */
const READ = `
if redis.call('EXISTS', KEYS[1]) == 0 then return {redis.call('TIME'), {}} end
local claim = {'XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[4], '0-0', 'COUNT', ARGV[3]}
local claimed = redis.pcall(unpack(claim))
if claimed.err then
  redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0')
  claimed = redis.call(unpack(claim))
end
local found = claimed[2]
if #found == 0 then
  local page = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', ARGV[3], 'STREAMS', KEYS[1], '>')
  if page and page[1] then found = page[1][2] end
end
for _, entry in ipairs(found) do
  local bytes = 0
  for _, part in ipairs(entry and entry[2] or {}) do bytes = bytes + #part end
  if bytes > tonumber(ARGV[5]) then entry[2] = {} end
end
return {redis.call('TIME'), found}`;

export interface HeartbeatPage {
  /** Ids of all that was read, to be acknowledged. */
  readonly ids: readonly string[];
  readonly entries: readonly StreamEntry[];
  /** Whether more may be waiting. */
  readonly isFull: boolean;
  /** How long ago an entry was put there, by Redis' own clock; never negative. */
  readonly ageMs: (entry: StreamEntry) => number;
}

/** Reads the heartbeats' stream, page by page, together with the other replicas. */
export class HeartbeatReader {
  readonly stream: string;
  private readonly redis: RedisCommands;
  private readonly group: string;

  constructor(redis: RedisCommands, { streamName, groupName }: { streamName: string; groupName: string }) {
    this.redis = redis;
    this.stream = heartbeatStreamKey(streamName);
    this.group = groupName;
  }

  get isConnected(): boolean {
    return this.redis.status === 'ready';
  }

  /** Rejects while Redis is away. */
  async read(): Promise<HeartbeatPage> {
    const limits = [PAGE_ENTRIES, ABANDONED_MS, HEARTBEAT_MAX_BYTES].map(String);
    const [count = '', idle = '', bytes = ''] = limits;
    const args = [READ, '1', this.stream, this.group, CONSUMER, count, idle, bytes];
    const [time, found] = listOf(await this.redis.callBuffer('EVAL', ...args));
    const { entries, goneIds } = entriesOf(found);
    const nowMs = redisTimeMs(time);
    return {
      ids: [...entries.map(({ id }) => id), ...goneIds],
      entries,
      isFull: entries.length + goneIds.length >= PAGE_ENTRIES,
      ageMs: ({ id }) => Math.max(0, nowMs - receivedMsOf(id)),
    };
  }

  /** The entries stay until MAXLEN takes them: other groups may read them too. */
  async acknowledge(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.redis.call('XACK', this.stream, this.group, ...ids);
  }
}
