import { Inject, Injectable } from '@nestjs/common';
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
import type { SentEntry } from './commit-watch.ts';
import { newServerInstance } from './server-instance.ts';
import { ServerSigningKey } from './server-signing-key.ts';

const RETRY_AFTER_SECONDS = 2;

/** An entry as XADD takes it: names and values in turn. */
interface EncodedEntry {
  readonly fields: readonly (string | Buffer)[];
}

/** Puts what came in over HTTP on the stream: from there on it is stored like everything else. */
@Injectable()
export class HttpIngest {
  private readonly redis: RedisCommands;
  private readonly signingKey: ServerSigningKey;
  private readonly clock: Clock;
  private readonly streamName: string;
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
  }

  /**
   * Puts events without numbers on the stream, numbered as this process's own.
   * Resolves when Redis has acknowledged them.
   * @throws DomainError `too_large`, or `unavailable` while Redis is away or full
   */
  async publish(projectId: string, events: readonly EncodableEvent[]): Promise<SentEntry> {
    const seq = this.sent + 1;
    this.sent += events.length;
    const counters = { accepted: this.sent, merged: 0, dropped: {}, config_version: 0 };
    const sentAt = this.clock.now();
    const { instanceId } = this;
    const entry = { projectId, instanceId, seq, counters, sentAt, events };
    const id = await this.append(withinLimit(encodeEntry(entry, await this.signer())));
    return { id, projectId, instanceId, seq, n: events.length };
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
}

function withinLimit(fields: EncodedEntry['fields']): EncodedEntry {
  const bytes = fields.reduce((sum, field) => sum + Buffer.byteLength(field), 0);
  if (bytes <= ENTRY_MAX_BYTES) return { fields };
  const limit = String(ENTRY_MAX_BYTES);
  throw new DomainError('too_large', `The events take ${String(bytes)} bytes, the limit is ${limit}`);
}
