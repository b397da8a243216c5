import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { accountKey } from 'swisper-studio/contract';
import type { RedisConnection } from '../../redis/redis-connection.ts';
import type { EntryPage, StreamReader } from './stream-reader.ts';
import { autoClaimPage, readGroupPage } from './stream-reply-decoder.ts';

export interface StreamNames {
  stream: string;
  group: string;
  consumer: string;
}

/** A blocking read that is this much overdue is given up together with its connection. */
const READ_GRACE_MS = 5_000;
const CONNECT_WAIT_MS = 1_000;
/** Lua's stack takes about 8,000 arguments. */
const IDS_PER_SCRIPT = 1_000;

/**
 * After the commit. Removes only while ours is the only group on the stream: another one may still need the entry.
 * Counts what left our pending list by this call, so that two replicas that stored an entry both count it once.
 */
const ACKNOWLEDGE = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local ids = {unpack(ARGV, 2)}
local acked = redis.call('XACK', KEYS[1], ARGV[1], unpack(ids))
if #redis.call('XINFO', 'GROUPS', KEYS[1]) == 1 then redis.call('XDEL', KEYS[1], unpack(ids)) end
if acked > 0 then redis.call('HINCRBY', KEYS[2], 'acked', acked) end
return acked`;

/** Reading and deleting in one step: an entry must not be given to a consumer that is about to go. */
const FORGET_CONSUMERS = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local forgotten = 0
for _, info in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local consumer = {}
  for at = 1, #info, 2 do consumer[info[at]] = info[at + 1] end
  if consumer.pending == 0 and consumer.idle > tonumber(ARGV[3]) and consumer.name ~= ARGV[2] then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer.name)
    forgotten = forgotten + 1
  end
end
return forgotten`;

const NOTHING: EntryPage = { entries: [], goneIds: [] };

/** A consumer group on a Redis stream. Waits on one connection and does everything else on another. */
export class RedisStreamReader implements StreamReader {
  private readonly commands: RedisConnection;
  private readonly blocking: RedisConnection;
  private readonly names: StreamNames;
  private claimCursor = '0-0';
  private epoch = 0;

  constructor(commands: RedisConnection, blocking: RedisConnection, names: StreamNames) {
    this.commands = commands;
    this.blocking = blocking;
    this.names = names;
    blocking.on('ready', () => this.epoch++);
  }

  get generation(): number {
    return this.epoch;
  }

  async ensureGroup(): Promise<void> {
    const { stream, group } = this.names;
    await untilConnected(this.commands);
    try {
      await this.commands.call('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM');
      this.epoch++;
      this.claimCursor = '0-0';
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('BUSYGROUP'))) throw error;
    }
  }

  async readOwnPending(afterId: string, count: number): Promise<EntryPage> {
    return this.withGroup(async () => {
      const { stream, group, consumer } = this.names;
      const args = ['GROUP', group, consumer, 'COUNT', String(count), 'STREAMS', stream, afterId];
      return readGroupPage(await this.commands.callBuffer('XREADGROUP', ...args));
    });
  }

  async readNew(count: number, waitMs: number): Promise<EntryPage> {
    await untilConnected(this.blocking);
    return this.withGroup(async () => {
      const { stream, group, consumer } = this.names;
      const block = ['BLOCK', String(waitMs), 'STREAMS', stream, '>'];
      const command = this.blocking.callBuffer(
        'XREADGROUP',
        'GROUP',
        group,
        consumer,
        'COUNT',
        String(count),
        ...block,
      );
      return readGroupPage(await this.unlessLost(command, waitMs + READ_GRACE_MS));
    });
  }

  async claimIdle(minIdleMs: number, count: number): Promise<EntryPage> {
    return this.withGroup(async () => {
      const { stream, group, consumer } = this.names;
      const args = [stream, group, consumer, String(minIdleMs), this.claimCursor, 'COUNT', String(count)];
      const { cursor, page } = autoClaimPage(await this.commands.callBuffer('XAUTOCLAIM', ...args));
      this.claimCursor = cursor;
      return page;
    });
  }

  async keepClaims(ids: readonly string[]): Promise<void> {
    const { stream, group, consumer } = this.names;
    for (let at = 0; at < ids.length; at += IDS_PER_SCRIPT) {
      const some = ids.slice(at, at + IDS_PER_SCRIPT);
      await this.commands.call('XCLAIM', stream, group, consumer, '0', ...some, 'JUSTID');
    }
  }

  async acknowledge(ids: readonly string[]): Promise<void> {
    const { stream, group } = this.names;
    for (let at = 0; at < ids.length; at += IDS_PER_SCRIPT) {
      const some = ids.slice(at, at + IDS_PER_SCRIPT);
      await this.commands.eval(ACKNOWLEDGE, 2, stream, accountKey(stream), group, ...some);
    }
  }

  async forgetIdleConsumers(minIdleMs: number): Promise<void> {
    const { stream, group, consumer } = this.names;
    await this.commands.eval(FORGET_CONSUMERS, 1, stream, group, consumer, String(minIdleMs));
  }

  close(): void {
    this.blocking.disconnect();
    this.commands.disconnect();
  }

  /** The group may vanish at any time (FLUSHALL, a Redis that lost its data): it is made again, from the beginning. */
  private async withGroup(read: () => Promise<EntryPage>): Promise<EntryPage> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof Error && /^(NOGROUP|UNBLOCKED)/.test(error.message))) throw error;
      await this.ensureGroup();
      return NOTHING;
    }
  }

  /** ioredis leaves a command that was under way when its connection broke unanswered. */
  private async unlessLost<T>(command: Promise<T>, timeoutMs: number): Promise<T> {
    const done = new AbortController();
    const lost = new Promise<never>((_, reject) => {
      const onClose = (): void => reject(new Error('The connection of the blocking read was lost'));
      this.blocking.once('close', onClose);
      done.signal.addEventListener('abort', () => this.blocking.off('close', onClose), { once: true });
    });
    const overdue = sleep(timeoutMs, undefined, { signal: done.signal, ref: false }).then(() => {
      this.blocking.disconnect(true);
      throw new Error('The blocking read was not answered');
    });
    try {
      return await Promise.race([command, lost, overdue]);
    } finally {
      done.abort();
      overdue.catch(() => undefined);
      lost.catch(() => undefined);
      command.catch(() => undefined);
    }
  }
}

/** Connections are opened while the process starts; that they are not there yet is no failure. */
async function untilConnected(connection: RedisConnection): Promise<void> {
  if (connection.status === 'ready') return;
  await once(connection, 'ready', { signal: AbortSignal.timeout(CONNECT_WAIT_MS) }).catch(() => undefined);
}
