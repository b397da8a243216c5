import { Inject, Injectable } from '@nestjs/common';
import { performance } from 'node:perf_hooks';
import { CLOCK, type Clock } from '../kernel/clock.ts';
import { REDIS, type RedisCommands } from '../redis/redis.module.ts';

/** Redis is asked again when what it said is older. */
const FRESH_MS = 5_000;
/** Older answers say nothing: the clocks may have been set since. */
const USABLE_MS = 30_000;
/** Two clocks run apart by less than this. */
const DRIFT = 0.001;
const MARGIN_MS = 5;

interface Sample {
  readonly redisMs: number;
  /** When the answer was here: of `performance.now()`, and of the process's clock. */
  readonly monotonicMs: number;
  readonly clockMs: number;
}

/** The time of the Redis whose clock gives stream entries their ids. */
@Injectable()
export class RedisTime {
  private readonly redis: Pick<RedisCommands, 'call'>;
  private readonly clock: Clock;
  private sample: Sample | null = null;
  private asking: Promise<void> | null = null;

  constructor(@Inject(REDIS) redis: Pick<RedisCommands, 'call'>, @Inject(CLOCK) clock: Clock) {
    this.redis = redis;
    this.clock = clock;
  }

  /** Asks; while Redis is away, the process's clock corrected by what Redis' was last ahead. Ms since 1970, with fraction. */
  async nowMs(): Promise<number> {
    try {
      return await this.ask();
    } catch {
      const aheadMs = this.sample === null ? 0 : this.sample.redisMs - this.sample.clockMs;
      return this.clock.nowMs() + aheadMs;
    }
  }

  /** A time that Redis' clock has passed for certain, close to now; asks nobody. -Infinity while that is not known. */
  get passedMs(): number {
    const ageMs = this.sample === null ? Infinity : performance.now() - this.sample.monotonicMs;
    if (ageMs > FRESH_MS) this.refresh();
    if (this.sample === null || ageMs > USABLE_MS) return -Infinity;
    return this.sample.redisMs + ageMs * (1 - DRIFT) - MARGIN_MS;
  }

  private refresh(): void {
    this.asking ??= this.ask()
      // Until Redis answers nothing is known, and nothing needs to be: no entries come from it either.
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => {
        this.asking = null;
      });
  }

  private async ask(): Promise<number> {
    const reply: unknown = await this.redis.call('TIME');
    const [seconds, micros] = Array.isArray(reply) ? reply.map(Number) : [];
    const redisMs = (seconds ?? NaN) * 1000 + (micros ?? NaN) / 1000;
    if (!Number.isFinite(redisMs)) throw new Error('Redis did not say its time');
    this.sample = { redisMs, monotonicMs: performance.now(), clockMs: this.clock.nowMs() };
    return redisMs;
  }
}
