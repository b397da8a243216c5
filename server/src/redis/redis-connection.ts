import { Logger } from '@nestjs/common';
import { Redis, type RedisOptions } from 'ioredis';
import { systemClock } from '../kernel/clock.ts';
import { OncePer } from '../kernel/once-per.ts';

/** A dedicated connection; who asked for it closes it with `disconnect()`. */
export type RedisConnection = Redis;

/**
 * What a connection is for. `command`: answers or fails within 2 s, fails at once while Redis is away. `bulk`: the same
 * with 30 s, for answers of many megabytes. `blocking`: may wait inside Redis as long as the command says.
 * `subscriber`: pub/sub, subscribes again after a reconnect.
 */
export type RedisPurpose = 'command' | 'bulk' | 'blocking' | 'subscriber';

/** Without one, a command may wait for ever. */
const COMMAND_TIMEOUT_MS: Readonly<Partial<Record<RedisPurpose, number>>> = { command: 2_000, bulk: 30_000 };
const CONNECT_TIMEOUT_MS = 5_000;
const MAX_RECONNECT_PAUSE_MS = 2_000;
const LOG_EVERY_MS = 5_000;

/**
 * A connection that comes back for ever and never ends the process: errors are logged (at most one per 5 s) and seen
 * by the commands they hit. It is connecting when this returns.
 */
export function openRedis(url: string, purpose: RedisPurpose): RedisConnection {
  const redis = new Redis(url, optionsFor(purpose));
  const log = new Logger('Redis');
  const maySay = new OncePer(LOG_EVERY_MS);
  redis.on('error', (error: Error) => {
    if (maySay.allows(systemClock.nowMs()))
      log.warn({ purpose, reason: error.message }, 'Redis is not reachable');
  });
  // The failed attempt is reported above, and the next one is already planned.
  redis.connect().catch(() => undefined);
  return redis;
}

function optionsFor(purpose: RedisPurpose): RedisOptions {
  const commandTimeout = COMMAND_TIMEOUT_MS[purpose];
  return {
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    connectionName: `swisper-studio-${purpose}`,
    enableOfflineQueue: purpose === 'subscriber',
    // Ends what is under way when the connection breaks: without it a command waits for its time-out, or for ever.
    maxRetriesPerRequest: purpose === 'subscriber' ? null : 0,
    autoResendUnfulfilledCommands: false,
    ...(commandTimeout === undefined ? {} : { commandTimeout }),
    retryStrategy: (attempt) =>
      Math.min(50 * 2 ** Math.min(attempt, 10), MAX_RECONNECT_PAUSE_MS) * (0.75 + Math.random() / 2),
    // A replica that lost its primary's role answers READONLY until the connection is made anew.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  };
}
