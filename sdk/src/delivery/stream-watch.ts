import type { ChainableCommander } from 'ioredis';
import {
  freeStreamBytes,
  judgeStreamRoom,
  parseRedisMemory,
  type RedisMemory,
  type StreamRoom,
} from '../contract/index.ts';
import { reasonOf } from '../log.ts';
import { monotonicMs } from '../timers.ts';

/** Where something was sent since, the stream is looked at again after this long, and as long as it is full. */
const CHECK_MS = 10_000;
/**
 * Nodes of the stream that are looked at: all of a stream of large entries, at most 1.2 ms of Redis' time. With few the
 * answer can be 50 times too small, because the oldest nodes stand for all.
 */
const SAMPLES = 20_000;
/** Of the room that is left, what this process fills before it looks again: others fill it too. */
const SHARE = 1 / 32;
const LEAST_BYTES = 64 * 1024;
const MOST_BYTES = 32 * 1024 * 1024;
/** The server says full and this process finds room for so long: the server is gone. */
const BELIEVED_MS = 60_000;

const FULL = { isFull: true };
/** Such a Redis never answers; every other question that failed says nothing. */
const MAY_NOT_ASK = /^(NOPERM|ERR unknown)/;
/** No stream takes no room. */
const numberOrZero = (value: unknown): number => (typeof value === 'number' ? value : 0);

export type Reply = [error: Error | null, result: unknown];

/**
 * Keeps the stream from filling the host application's Redis, also while no server is there: looks at it every 10 s and
 * whenever a small part of the room that was left is used up. A Redis that refuses the question is not asked again for 10 s.
 */
export class StreamWatch {
  private room: StreamRoom = { bytes: 0, limitBytes: Infinity, isFull: false };
  private memory: RedisMemory | undefined;
  private checkedAt = Number.NEGATIVE_INFINITY;
  private sentBytes = 0;
  private allowedBytes = LEAST_BYTES;
  private contradictedSince: number | undefined;
  private serverSaidFull = false;

  /** Nothing is to be added, by this process's own measurement. */
  get isFull(): boolean {
    return this.room.isFull;
  }

  /** Whether the server's word that the stream is full counts: not when this process has found room for a minute. */
  believes(serverSaysFull: boolean): boolean {
    if (!serverSaysFull || this.contradictedSince === undefined) return serverSaysFull;
    return monotonicMs() - this.contradictedSince < BELIEVED_MS;
  }

  /** An entry was added. */
  sent(bytes: number): void {
    this.sentBytes += bytes;
  }

  /** What may be sent before it is due. */
  get roomBytes(): number {
    return this.allowedBytes - this.sentBytes;
  }

  /** Whether to look before anything else is sent. */
  get isDue(): boolean {
    const isFirst = this.checkedAt === Number.NEGATIVE_INFINITY;
    return isFirst || this.sentBytes >= this.allowedBytes || this.isDueAgain(false);
  }

  /** Whether to look although nothing is being sent. @param serverSaysFull it may have gone since */
  isDueAgain(serverSaysFull: boolean): boolean {
    if (this.room.isFull && this.serverSaidFull && !serverSaysFull) return true;
    if (monotonicMs() - this.checkedAt < CHECK_MS) return false;
    return this.sentBytes > 0 || this.room.isFull || serverSaysFull;
  }

  /** Adds the two commands whose replies `apply` takes. */
  ask(pipeline: ChainableCommander, streamName: string): ChainableCommander {
    return pipeline.call('MEMORY', 'USAGE', streamName, 'SAMPLES', SAMPLES).info('memory');
  }

  /**
   * @param maxBytes the server's limit; undefined: the default
   * @param serverSaysFull what it last said
   */
  apply(
    usage: Reply | undefined,
    info: Reply | undefined,
    { maxBytes, serverSaysFull }: { maxBytes: number | undefined; serverSaysFull: boolean },
  ): void {
    this.checkedAt = monotonicMs();
    this.sentBytes = 0;
    this.serverSaidFull = serverSaysFull;
    if (info?.[0] === null && typeof info[1] === 'string') this.memory = parseRedisMemory(info[1]);
    const isAnswered = usage?.[0] === null;
    const mayNotAsk = MAY_NOT_ASK.test(reasonOf(usage?.[0]));
    const bytes = isAnswered || mayNotAsk ? numberOrZero(usage?.[1]) : this.room.bytes;
    this.room = judgeStreamRoom({ bytes, memory: this.memory }, maxBytes, this.room);
    const part = freeStreamBytes(this.room, this.memory) * SHARE;
    this.allowedBytes = mayNotAsk ? MOST_BYTES : Math.min(MOST_BYTES, Math.max(LEAST_BYTES, part));
    // Measured as the server does, which stays with "full" until there is some room.
    const isRoomy = isAnswered && !judgeStreamRoom({ bytes, memory: this.memory }, maxBytes, FULL).isFull;
    this.contradictedSince =
      serverSaysFull && isRoomy ? (this.contradictedSince ?? this.checkedAt) : undefined;
  }
}
