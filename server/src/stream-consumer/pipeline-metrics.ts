import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../config/settings.module.ts';
import { type Settings } from '../config/settings.ts';
import { DomainError } from '../kernel/domain-error.ts';
import { REDIS, type RedisCommands } from '../redis/redis.module.ts';
import { pairsOf, redisTimeMs } from './reading/redis-reply-decoder.ts';
import { type ConsumerGroupAnswer, type ObservabilityMetricsAnswer } from './observability-dto.ts';
import { eventCountOf, receivedMsOf } from './reading/stream-reader.ts';

const LAGGING_EVENTS = 10_000;
const LAGGING_SECONDS = 30;
/** Entries looked at to know how many events an entry has. */
const SAMPLE_ENTRIES = 10;

interface Backlog {
  events: number | null;
  oldestId: string | null;
}

/** How the pipeline is doing, as Redis sees it. */
@Injectable()
export class PipelineMetrics {
  private readonly redis: RedisCommands;
  private readonly stream: string;
  private readonly group: string;

  constructor(@Inject(REDIS) redis: RedisCommands, @Inject(SETTINGS) settings: Settings) {
    this.redis = redis;
    this.stream = settings.observability.streamName;
    this.group = settings.observability.groupName;
  }

  /** @throws DomainError `unavailable` while Redis is away */
  async read(): Promise<ObservabilityMetricsAnswer> {
    try {
      return await this.readNow();
    } catch (error) {
      throw new DomainError('unavailable', 'Redis is not reachable', { retryAfterSeconds: 2, cause: error });
    }
  }

  private async readNow(): Promise<ObservabilityMetricsAnswer> {
    const [length, nowMs, groups] = await Promise.all([
      this.redis.xlen(this.stream),
      this.redis.call('TIME').then(redisTimeMs),
      this.readGroups(),
    ]);
    const own = groups.find(({ name }) => name === this.group);
    const { events, oldestId } = await this.readBacklog(length, groups.length <= 1 ? null : (own ?? null));
    const oldest = oldestId === null ? null : Math.max(0, (nowMs - receivedMsOf(oldestId)) / 1000);
    const isLagging = (events ?? 0) > LAGGING_EVENTS || (oldest ?? 0) > LAGGING_SECONDS;
    return {
      stream_length: length,
      consumer_groups: groups,
      status: isLagging ? 'lagging' : 'healthy',
      backlog_events: events,
      oldest_waiting_seconds: oldest,
    };
  }

  private async readGroups(): Promise<ConsumerGroupAnswer[]> {
    const reply: unknown = await this.redis.call('XINFO', 'GROUPS', this.stream).catch((error: unknown) => {
      if (error instanceof Error && /no such key/i.test(error.message)) return [];
      throw error;
    });
    const groups = Array.isArray(reply) ? reply.map(pairsOf) : [];
    const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);
    return groups.map((group) => ({
      name: String(group.get('name')),
      consumers: numberOf(group.get('consumers')) ?? 0,
      pending: numberOf(group.get('pending')) ?? 0,
      'last-delivered-id': String(group.get('last-delivered-id')),
      'entries-read': numberOf(group.get('entries-read')),
      lag: numberOf(group.get('lag')),
    }));
  }

  /**
   * Alone on the stream, what is in it is what waits. With other groups, what we stored may still lie there for them:
   * then only what was not delivered yet, and what is pending, waits.
   * @param shared our group where there are others too, else null
   */
  private async readBacklog(length: number, shared: ConsumerGroupAnswer | null): Promise<Backlog> {
    const after = shared === null || shared.pending > 0 ? '-' : `(${shared['last-delivered-id']}`;
    const sample = await this.redis.xrange(this.stream, after, '+', 'COUNT', SAMPLE_ENTRIES);
    const waiting = shared === null ? length : shared.lag === null ? null : shared.lag + shared.pending;
    if (waiting === 0 || sample.length === 0) return { events: waiting === null ? null : 0, oldestId: null };
    const perEntry =
      sample.reduce((sum, [, fields]) => sum + eventCountOf(countField(fields)), 0) / sample.length;
    return {
      events: waiting === null ? null : Math.round(waiting * perEntry),
      oldestId: shared !== null && shared.pending > 0 ? await this.oldestPending() : (sample[0]?.[0] ?? null),
    };
  }

  private async oldestPending(): Promise<string | null> {
    const reply: unknown = await this.redis.call('XPENDING', this.stream, this.group);
    const oldest: unknown = Array.isArray(reply) ? reply[1] : null;
    return typeof oldest === 'string' ? oldest : null;
  }
}

/** Value of `n` in the names and values of an entry. */
function countField(fields: readonly string[]): string | undefined {
  const at = fields.indexOf('n');
  return at % 2 === 0 ? fields[at + 1] : undefined;
}
