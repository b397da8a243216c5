/**
 * How much of Redis the event stream may take. Server and SDK judge by the same rule, each from its own measurement.
 */
const GIB = 1024 ** 3;

/** Unless the server's configuration says otherwise: the less of this and a share of `maxmemory`. */
export const STREAM_DEFAULT_MAX_BYTES = 2 * GIB;
export const STREAM_MEMORY_SHARE = 0.4;

/** Once full, it is full until this share of the limit is reached from above. */
export const STREAM_RESUME_SHARE = 0.9;

/** Where Redis refuses writes at `maxmemory`, what is left above this share of it is the host application's. */
const MEMORY_FULL_SHARE = 0.9;
const MEMORY_RESUME_SHARE = 0.85;

/** What `INFO memory` says. */
export interface RedisMemory {
  readonly usedBytes: number;
  /** `maxmemory`; 0: no limit. */
  readonly maxBytes: number;
  /** Redis makes room by removing keys, instead of refusing writes. */
  readonly isEvicting: boolean;
}

export interface StreamRoom {
  /** What the stream takes. */
  readonly bytes: number;
  /** What it may take. */
  readonly limitBytes: number;
  /** Nothing may be added. */
  readonly isFull: boolean;
}

/** Undefined when the text is not an answer of `INFO memory`. */
export function parseRedisMemory(info: string): RedisMemory | undefined {
  const valueOf = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1];
  const usedBytes = Number(valueOf('used_memory'));
  const maxBytes = Number(valueOf('maxmemory') ?? 0);
  if (!Number.isFinite(usedBytes) || !Number.isFinite(maxBytes)) return undefined;
  return { usedBytes, maxBytes, isEvicting: (valueOf('maxmemory_policy') ?? 'noeviction') !== 'noeviction' };
}

/** @param configured bytes; undefined: the default */
export function streamLimitBytes(memory: RedisMemory | undefined, configured: number | undefined): number {
  if (configured !== undefined) return configured;
  const maxBytes = memory?.maxBytes ?? 0;
  return maxBytes > 0
    ? Math.min(STREAM_DEFAULT_MAX_BYTES, Math.floor(maxBytes * STREAM_MEMORY_SHARE))
    : STREAM_DEFAULT_MAX_BYTES;
}

/**
 * Full is a stream that reached its limit, or a Redis that is about to refuse its host application's writes. It ends
 * some way below either, so that it does not flicker.
 * @param measured bytes of the stream, and Redis' memory where that is known
 * @param before what was judged last
 */
export function judgeStreamRoom(
  measured: { bytes: number; memory: RedisMemory | undefined },
  configured: number | undefined,
  before: Pick<StreamRoom, 'isFull'>,
): StreamRoom {
  const { bytes, memory } = measured;
  const limitBytes = streamLimitBytes(memory, configured);
  const isOverLimit = bytes >= limitBytes * (before.isFull ? STREAM_RESUME_SHARE : 1);
  return { bytes, limitBytes, isFull: isOverLimit || isShort(memory, before.isFull) };
}

/** Bytes that can be added before the stream is full, as far as is known; 0 or less when it is. */
export function freeStreamBytes({ bytes, limitBytes }: StreamRoom, memory: RedisMemory | undefined): number {
  const ofStream = limitBytes - bytes;
  if (memory === undefined || memory.maxBytes === 0 || memory.isEvicting) return ofStream;
  return Math.min(ofStream, memory.maxBytes * MEMORY_FULL_SHARE - memory.usedBytes);
}

function isShort(memory: RedisMemory | undefined, wasFull: boolean): boolean {
  if (memory === undefined || memory.maxBytes === 0 || memory.isEvicting) return false;
  return memory.usedBytes >= memory.maxBytes * (wasFull ? MEMORY_RESUME_SHARE : MEMORY_FULL_SHARE);
}
