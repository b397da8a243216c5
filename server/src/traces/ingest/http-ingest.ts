import { Inject, Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DEFAULT_MAX_STREAM_LENGTH,
  type EncodableEvent,
  encodeWrittenEntry,
  encodeEntry,
  ENTRY_MAX_BYTES,
  type EntrySigner,
  type WrittenEntry,
} from 'swisper-studio/contract';
import { SETTINGS } from '../../config/settings.module.ts';
import { type Settings } from '../../config/settings.ts';
import { CLOCK, type Clock } from '../../kernel/clock.ts';
import { DomainError } from '../../kernel/domain-error.ts';
import { REDIS, type RedisCommands } from '../../redis/redis.module.ts';
import { newServerInstance } from './server-instance.ts';
import { ServerSigningKey } from './server-signing-key.ts';

const RETRY_AFTER_SECONDS = 2;
const POLL_MS = 20;

/** Asked many times a second; the entry itself, which may have megabytes, stays where it is. */
const IS_ON_STREAM = `return #redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])`;

/** An entry as XADD takes it: names and values in turn. */
export interface EncodedEntry {
  readonly fields: readonly (string | Buffer)[];
}

/** Puts what came in over HTTP on the stream: from there on it is stored like everything else. */
@Injectable()
export class HttpIngest {
  private readonly redis: RedisCommands;
  private readonly signingKey: ServerSigningKey;
  private readonly clock: Clock;
  private readonly streamName: string;
  private readonly groupName: string;
  private readonly instanceId = newServerInstance();
  private sent = 0;

  constructor(
    @Inject(REDIS) redis: RedisCommands,
    signingKey: ServerSigningKey,
    @Inject(SETTINGS) settings: Settings,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.redis = redis;
    this.signingKey = signingKey;
    this.clock = clock;
    this.streamName = settings.observability.streamName;
    this.groupName = settings.observability.groupName;
  }

  /**
   * Puts events without numbers on the stream, numbered as this process's own.
   * @returns the entry's id, once Redis has acknowledged it
   * @throws DomainError `too_large`, or `unavailable` while Redis is away or full
   */
  async publish(projectId: string, events: readonly EncodableEvent[]): Promise<string> {
    const seq = this.sent + 1;
    this.sent += events.length;
    const counters = { accepted: this.sent, merged: 0, dropped: {}, config_version: 0 };
    const sentAt = this.clock.now();
    const { instanceId } = this;
    const entry = { projectId, instanceId, seq, counters, sentAt, events };
    return this.append(withinLimit(encodeEntry(entry, await this.signer())));
  }

  /**
   * Makes an entry signed with the server's key, for {@link append}.
   * @throws DomainError `too_large`
   */
  async encode(entry: WrittenEntry): Promise<EncodedEntry> {
    return withinLimit(encodeWrittenEntry(entry, await this.signer()));
  }

  private async signer(): Promise<EntrySigner> {
    const signingKey = await this.signingKey.signingKey();
    return { keyId: this.signingKey.keyId, streamName: this.streamName, signingKey };
  }

  /**
   * Resolves when Redis has acknowledged the entry.
   * @returns the entry's id
   * @throws DomainError `unavailable` while Redis is away or full
   */
  async append({ fields }: EncodedEntry): Promise<string> {
    try {
      const limit = ['MAXLEN', '~', DEFAULT_MAX_STREAM_LENGTH] as const;
      const id = await this.redis.xadd(this.streamName, ...limit, '*', ...fields);
      return String(id);
    } catch (error) {
      const isFull = error instanceof Error && error.message.startsWith('OOM');
      const detail = isFull ? 'The event stream is full' : 'The event stream is not reachable';
      throw new DomainError('unavailable', detail, { retryAfterSeconds: RETRY_AFTER_SECONDS, cause: error });
    }
  }

  /**
   * Waits until the consumer is done with an entry. Never rejects: the entry was taken, also when nobody can say more.
   * @returns whether it was within the time, as far as is known
   */
  async isStoredWithin(entryId: string, waitMs: number): Promise<boolean> {
    const deadlineMs = this.clock.nowMs() + waitMs;
    try {
      while (await this.isWaiting(entryId)) {
        if (this.clock.nowMs() >= deadlineMs) return false;
        await sleep(POLL_MS);
      }
      return true;
    } catch {
      return false;
    }
  }

  /** What is stored is removed, unless another group still needs it: then it is neither new nor pending for ours. */
  private async isWaiting(entryId: string): Promise<boolean> {
    if ((await this.redis.eval(IS_ON_STREAM, 1, this.streamName, entryId)) === 0) return false;
    const groups: unknown = await this.redis.call('XINFO', 'GROUPS', this.streamName);
    if (!Array.isArray(groups) || groups.length < 2) return true;
    const key = [this.streamName, this.groupName, entryId, entryId, '1'];
    const pending: unknown = await this.redis.call('XPENDING', ...key);
    return (Array.isArray(pending) && pending.length > 0) || !isDelivered(groups, this.groupName, entryId);
  }
}

function withinLimit(fields: EncodedEntry['fields']): EncodedEntry {
  const bytes = fields.reduce((sum, field) => sum + Buffer.byteLength(field), 0);
  if (bytes <= ENTRY_MAX_BYTES) return { fields };
  const limit = String(ENTRY_MAX_BYTES);
  throw new DomainError('too_large', `The events take ${String(bytes)} bytes, the limit is ${limit}`);
}

function isDelivered(groups: readonly unknown[], groupName: string, entryId: string): boolean {
  const group = groups.find((fields) => Array.isArray(fields) && fields.includes(groupName));
  const fields: readonly unknown[] = Array.isArray(group) ? group : [];
  const last = fields[fields.indexOf('last-delivered-id') + 1];
  return typeof last === 'string' && compareIds(last, entryId) >= 0;
}

function compareIds(one: string, other: string): number {
  const [oneMs = 0, oneNo = 0] = one.split('-').map(Number);
  const [otherMs = 0, otherNo = 0] = other.split('-').map(Number);
  return oneMs === otherMs ? oneNo - otherNo : oneMs - otherMs;
}
