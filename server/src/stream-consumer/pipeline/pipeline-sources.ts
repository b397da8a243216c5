import { Inject, Injectable } from '@nestjs/common';
import { REDIS, type RedisCommands } from '../../redis/redis.module.ts';
import { type EntrySums, EpochStore } from '../accounting/epoch-store.ts';
import type { StreamEpoch } from '../accounting/stream-epoch.entity.ts';
import type { StreamState } from '../accounting/stream-state-decoder.ts';
import { StreamStateReader } from '../accounting/stream-state-reader.ts';
import { ownConsumersOf } from '../reading/consumer-names.ts';
import { EventAccountReader } from './event-account-reader.ts';
import type { CountByLabel } from './account-answer-decoder.ts';
import type { EventAccountAnswer } from './observability-dto.ts';

const MAX_EPOCHS = 10;
const MAX_ACCOUNTS = 1_000;
/** Those without a label of their own are summed up. */
const MAX_COUNTED_ACCOUNTS = 100_000;

/** What Redis says. */
export interface RedisFacts {
  readonly state: StreamState;
  /** The answer of INFO; empty where it was refused. */
  readonly redisInfo: string;
  /** Names of the consumers of our group that are servers of ours. */
  readonly ownConsumers: ReadonlySet<string>;
}

/** What the database has. */
export interface AccountFacts {
  /** Newest first; at least one while there is a stream. */
  readonly epochs: readonly StreamEpoch[];
  readonly lostBefore: number;
  readonly accounts: readonly EventAccountAnswer[];
  readonly unverified: ReadonlySet<string>;
}

/** What counters are made of. */
export interface CounterFacts {
  readonly epochs: readonly StreamEpoch[];
  readonly entrySums: EntrySums;
  /** In the order of project ids. */
  readonly accounts: readonly EventAccountAnswer[];
  readonly deadLetters: readonly CountByLabel[];
}

/** Where the facts about the pipeline come from. */
@Injectable()
export class PipelineSources {
  private readonly redis: RedisCommands;
  private readonly reader: StreamStateReader;
  private readonly epochs: EpochStore;
  private readonly accounts: EventAccountReader;

  constructor(
    @Inject(REDIS) redis: RedisCommands,
    reader: StreamStateReader,
    epochs: EpochStore,
    accounts: EventAccountReader,
  ) {
    this.redis = redis;
    this.reader = reader;
    this.epochs = epochs;
    this.accounts = accounts;
  }

  /** Rejects while Redis is away. */
  async readRedis(): Promise<RedisFacts> {
    const [state, redisInfo] = await Promise.all([
      this.reader.read('into'),
      // Hosted services may refuse it; then nothing is known.
      this.redis.info().catch(() => ''),
    ]);
    const names = state.consumers.map(({ name }) => name);
    return { state, redisInfo, ownConsumers: await ownConsumersOf(this.redis, this.reader, names) };
  }

  /** @param projectId null: of all projects */
  async readDatabase(projectId: string | null): Promise<AccountFacts> {
    const { stream } = this.reader;
    const [epochs, { lostBefore }, accounts, unverified] = await Promise.all([
      this.epochs.newest(stream, MAX_EPOCHS),
      this.epochs.sums(stream),
      this.accounts.readTotals(projectId, MAX_ACCOUNTS),
      this.accounts.readUnverified(projectId),
    ]);
    return { epochs, lostBefore, accounts, unverified };
  }

  async readCounters(): Promise<CounterFacts> {
    const { stream } = this.reader;
    const [epochs, entrySums, accounts, deadLetters] = await Promise.all([
      this.epochs.newest(stream, 1),
      this.epochs.sums(stream),
      this.accounts.readTotals(null, MAX_COUNTED_ACCOUNTS),
      this.accounts.countDeadLetters(),
    ]);
    return { epochs, entrySums, accounts, deadLetters };
  }
}
