import { once } from 'node:events';
import { accountKey } from 'swisper-studio/contract';
import type { RedisConnection } from '../../redis/redis-connection.ts';
import { unlessSilent } from '../../redis/unless-silent.ts';
import type { EntryPage, ReadLimit, StreamEntry, StreamReader } from './stream-reader.ts';
import { autoClaimPage, deliveriesOf, entriesOf, readGroupPage } from './stream-reply-decoder.ts';
import { ACKNOWLEDGE, CREATE_GROUP, FORGET_CONSUMERS, READ_NEW, TRIM_FINISHED } from './stream-scripts.ts';

export interface StreamNames {
  stream: string;
  group: string;
  consumer: string;
}

/** A command whose answer is this much overdue, while nothing else arrives, is given up with its connection. */
const SILENT_MS = 5_000;
const CONNECT_WAIT_MS = 1_000;
/** Lua's stack takes about 8,000 arguments. */
const IDS_PER_SCRIPT = 1_000;
/** Of pending entries one answer tells about so many at most. */
const PENDING_AT_ONCE = 1_000;

const ALLOW_OOM = '#!lua flags=allow-oom\n';
/** Entries one step of a read takes: as many of the largest stay within memory, here and in Redis. */
const STEP_ENTRIES = 8;

const NOTHING: EntryPage = { entries: [], goneIds: [] };

/** A consumer group on a Redis stream. Waits on one connection and does everything else on another. */
export class RedisStreamReader implements StreamReader {
  private readonly commands: RedisConnection;
  private readonly blocking: RedisConnection;
  private readonly names: StreamNames;
  private claimCursor = '0-0';
  private epoch = 0;
  private hasScriptFlags = true;

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
      await this.run(CREATE_GROUP, [stream], [group]);
      this.epoch++;
      this.claimCursor = '0-0';
    } catch (error) {
      if (!(error instanceof Error && error.message.includes('BUSYGROUP'))) throw error;
    }
  }

  async readOwnPending(afterId: string, count: number): Promise<EntryPage> {
    return this.withGroup(async () => {
      const { stream, group, consumer } = this.names;
      const args = ['GROUP', group, consumer, 'COUNT', String(count), 'STREAMS', stream, afterId];
      return readGroupPage(await this.ask('XREADGROUP', ...args));
    });
  }

  async readNew(limit: ReadLimit, waitMs: number): Promise<EntryPage> {
    const waiting = await this.withGroup(() => this.readWaiting(limit));
    if (waiting.entries.length > 0) return waiting;
    await untilConnected(this.blocking);
    return this.withGroup(async () => {
      const { stream, group, consumer } = this.names;
      const count = String(Math.min(limit.entries, STEP_ENTRIES));
      const args = ['GROUP', group, consumer, 'COUNT', count, 'BLOCK', String(waitMs)];
      const command = this.blocking.callBuffer('XREADGROUP', ...args, 'STREAMS', stream, '>');
      return readGroupPage(await unlessSilent(this.blocking, command, waitMs + SILENT_MS));
    });
  }

  private async readWaiting({ entries, bytes }: ReadLimit): Promise<EntryPage> {
    const { stream, group, consumer } = this.names;
    await untilConnected(this.commands);
    const limits = [entries, bytes, STEP_ENTRIES].map(String);
    return entriesOf(await this.run(READ_NEW, [stream], [group, consumer, ...limits]));
  }

  async claimIdle(minIdleMs: number, count: number): Promise<EntryPage> {
    return this.withGroup(async () => {
      const { stream, group, consumer } = this.names;
      const args = [stream, group, consumer, String(minIdleMs), this.claimCursor, 'COUNT', String(count)];
      const { cursor, page } = autoClaimPage(await this.ask('XAUTOCLAIM', ...args));
      this.claimCursor = cursor;
      return page;
    });
  }

  async countDeliveries(entries: readonly StreamEntry[]): Promise<ReadonlyMap<string, number>> {
    const [first, last] = [entries[0], entries.at(-1)];
    if (first === undefined || last === undefined) return new Map();
    const { stream, group, consumer } = this.names;
    // Others that are in hand may lie between them.
    const found = new Map<string, number>();
    for (let from: string | undefined = first.id; from !== undefined;) {
      const range: string[] = [from, last.id, String(PENDING_AT_ONCE)];
      const page = deliveriesOf(await this.ask('XPENDING', stream, group, ...range, consumer));
      for (const [id, deliveries] of page) found.set(id, deliveries);
      const end = [...page.keys()].at(-1);
      from = page.size < PENDING_AT_ONCE || end === undefined ? undefined : `(${end}`;
    }
    return found;
  }

  async keepClaims(ids: readonly string[]): Promise<void> {
    const { stream, group, consumer } = this.names;
    for (let at = 0; at < ids.length; at += IDS_PER_SCRIPT) {
      const some = ids.slice(at, at + IDS_PER_SCRIPT);
      await this.ask('XCLAIM', stream, group, consumer, '0', ...some, 'JUSTID');
    }
  }

  async acknowledge(ids: readonly string[]): Promise<void> {
    const { stream, group } = this.names;
    for (let at = 0; at < ids.length; at += IDS_PER_SCRIPT) {
      const some = ids.slice(at, at + IDS_PER_SCRIPT);
      await this.run(ACKNOWLEDGE, [stream, accountKey(stream)], [group, ...some]);
    }
  }

  async giveUp(goneIds: readonly string[]): Promise<void> {
    const { stream, group } = this.names;
    for (let at = 0; at < goneIds.length; at += IDS_PER_SCRIPT) {
      await this.ask('XACK', stream, group, ...goneIds.slice(at, at + IDS_PER_SCRIPT));
    }
  }

  async trimFinished(): Promise<void> {
    await this.run(TRIM_FINISHED, [this.names.stream], []);
  }

  async forgetIdleConsumers(minIdleMs: number): Promise<void> {
    const { stream, group, consumer } = this.names;
    await this.run(FORGET_CONSUMERS, [stream], [group, consumer, String(minIdleMs)]);
  }

  close(): void {
    this.blocking.disconnect();
    this.commands.disconnect();
  }

  private ask(command: string, ...args: readonly string[]): Promise<unknown> {
    return unlessSilent(this.commands, this.commands.callBuffer(command, ...args), SILENT_MS);
  }

  /** Redis 7 has to be told that a script may run while memory is short: ours make room. Older ones do not know the words. */
  private async run(script: string, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    const rest = [String(keys.length), ...keys, ...args];
    if (this.hasScriptFlags) {
      try {
        return await this.ask('EVAL', `${ALLOW_OOM}${script}`, ...rest);
      } catch (error) {
        if (!(error instanceof Error && /unexpected symbol near '#'/.test(error.message))) throw error;
        this.hasScriptFlags = false;
      }
    }
    return this.ask('EVAL', script, ...rest);
  }

  /** The group may vanish at any time (FLUSHALL, a Redis that lost its data): it is made again, from the beginning. */
  private async withGroup(read: () => Promise<EntryPage>): Promise<EntryPage> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof Error && /NOGROUP|^UNBLOCKED/.test(error.message))) throw error;
      await this.ensureGroup();
      return NOTHING;
    }
  }
}

/** Connections are opened while the process starts; that they are not there yet is no failure. */
async function untilConnected(connection: RedisConnection): Promise<void> {
  if (connection.status === 'ready') return;
  await once(connection, 'ready', { signal: AbortSignal.timeout(CONNECT_WAIT_MS) }).catch(() => undefined);
}
