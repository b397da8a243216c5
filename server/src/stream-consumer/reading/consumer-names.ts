import { Inject, Injectable, Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { consumerNameKey } from 'swisper-studio/contract';
import { DataSource } from 'typeorm';
import { SETTINGS } from '../../config/settings.module.ts';
import { type Settings } from '../../config/settings.ts';
import { REDIS, type RedisCommands } from '../../redis/redis.module.ts';
import { type ConsumerSlot, takeConsumerSlot } from './consumer-slot.ts';
import { listOf } from './redis-reply-decoder.ts';

const RETRY_MS = 1_000;
const BEAT_MS = 2_000;
/** Longer than the pipeline page looks back, so that a consumer of ours is known for as long as it is seen. */
const KNOWN_FOR_MS = 120_000;

/** A name under which this process consumes. */
export interface HeldName {
  readonly name: string;
  /** Aborted when another process has the name: what one of two acknowledges, the other may still be working on. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/** The name of this process's consumer, and in Redis those of all servers. */
@Injectable()
export class ConsumerNames {
  private readonly log = new Logger('StreamConsumer');
  private readonly dataSource: DataSource;
  private readonly redis: RedisCommands;
  private readonly settings: Settings['observability'];

  constructor(
    dataSource: DataSource,
    @Inject(REDIS) redis: RedisCommands,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.dataSource = dataSource;
    this.redis = redis;
    this.settings = settings.observability;
  }

  /** Takes the name of the settings, or else a free one, and says in Redis that it is ours. Null when aborted. */
  async take(signal: AbortSignal): Promise<HeldName | null> {
    const slot = await this.takeSlot(signal);
    if (slot === null) return null;
    const lost = new AbortController();
    let keeping: Promise<void> | null = null;
    const beat = (): void => {
      // While Redis is away nobody can look either, and its connection says so.
      this.say(slot.name).catch(() => undefined);
      keeping ??= this.keep(slot, lost).finally(() => (keeping = null));
    };
    beat();
    const timer = setInterval(beat, BEAT_MS);
    const release = async (): Promise<void> => {
      clearInterval(timer);
      await keeping;
      await slot.release();
    };
    return { name: slot.name, lost: lost.signal, release };
  }

  private async takeSlot(signal: AbortSignal): Promise<ConsumerSlot | null> {
    const { consumerName } = this.settings;
    if (consumerName !== null) return fixedSlot(consumerName);
    while (!signal.aborted) {
      try {
        return await takeConsumerSlot(this.dataSource);
      } catch (error) {
        this.log.warn({ err: error }, 'The consumer has no name yet, trying again');
        await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
    return null;
  }

  private async keep(slot: ConsumerSlot, lost: AbortController): Promise<void> {
    // While the database is away nobody can take the name, and its connection says so.
    const isKept = await slot.keep().catch(() => true);
    if (isKept || lost.signal.aborted) return;
    this.log.warn({ consumer: slot.name }, 'The name is held by another session now: taking another name');
    lost.abort();
  }

  /** A Redis that is full takes no new key, but keeps one that is there. */
  private async say(name: string): Promise<void> {
    if (this.redis.status !== 'ready') return;
    const key = consumerNameKey(this.settings.streamName, this.settings.groupName, name);
    const isThere = await this.redis.call('PEXPIRE', key, String(KNOWN_FOR_MS));
    if (isThere !== 1) await this.redis.set(key, '1', 'PX', KNOWN_FOR_MS);
  }
}

/** A name of the settings is whoever's it is given to. */
function fixedSlot(name: string): ConsumerSlot {
  return { name, keep: () => Promise.resolve(true), release: () => Promise.resolve() };
}

/** Those of a group's consumers that are servers of this version or a later one. Rejects while Redis is away. */
export async function ownConsumersOf(
  redis: RedisCommands,
  { stream, group }: { readonly stream: string; readonly group: string },
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  if (names.length === 0) return new Set();
  const keys = names.map((name) => consumerNameKey(stream, group, name));
  const values = listOf(await redis.call('MGET', ...keys));
  return new Set(names.filter((_, at) => typeof values[at] === 'string'));
}
