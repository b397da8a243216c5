import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { accountKey } from 'swisper-studio/contract';
import { SETTINGS } from '../../config/settings.module.ts';
import { type Settings } from '../../config/settings.ts';
import { REDIS, type RedisCommands } from '../../redis/redis.module.ts';
import { type StreamState, streamStateOf } from './stream-state-decoder.ts';
import { STREAM_STATE } from './stream-state-script.ts';

/** Entries looked into to know how many events an entry has. */
const SAMPLE_ENTRIES = 10;

/** Reads the entry account and all else that Redis knows about the stream, at one moment. */
@Injectable()
export class StreamStateReader {
  readonly stream: string;
  readonly group: string;
  private readonly redis: RedisCommands;

  constructor(@Inject(REDIS) redis: RedisCommands, @Inject(SETTINGS) settings: Settings) {
    this.redis = redis;
    this.stream = settings.observability.streamName;
    this.group = settings.observability.groupName;
  }

  /** Whether a command has a chance now. */
  get isConnected(): boolean {
    return this.redis.status === 'ready';
  }

  /** Rejects while Redis is away. @param look `into` entries too, to know how many events they have */
  async read(look: 'at' | 'into' = 'at'): Promise<StreamState> {
    const { stream, group } = this;
    const samples = String(look === 'into' ? SAMPLE_ENTRIES : 1);
    return streamStateOf(
      await this.redis.eval(STREAM_STATE, 2, stream, accountKey(stream), group, randomUUID(), samples),
    );
  }
}
