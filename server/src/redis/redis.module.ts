import { Global, Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { SETTINGS } from '../config/settings.module.ts';
import { type Settings } from '../config/settings.ts';
import { openRedis, type RedisConnection, type RedisPurpose } from './redis-connection.ts';

/** Injection token of the process's one command connection, a {@link RedisCommands}. */
export const REDIS = Symbol('REDIS');

/** The commands features use. Each rejects at once while Redis is away, and after 2 s without an answer. */
export type RedisCommands = Pick<
  RedisConnection,
  | 'status'
  | 'ping'
  | 'get'
  | 'set'
  | 'del'
  | 'pttl'
  | 'eval'
  | 'publish'
  | 'hgetall'
  | 'info'
  | 'xadd'
  | 'xlen'
  | 'xinfo'
  | 'call'
  | 'callBuffer'
>;

/** Makes connections for those that cannot share one: blocking reads and subscriptions. */
@Injectable()
export class RedisConnections implements OnApplicationShutdown {
  private readonly url: string;
  private readonly open = new Set<RedisConnection>();

  constructor(@Inject(SETTINGS) settings: Settings) {
    this.url = settings.redisUrl;
  }

  createRedis(purpose: RedisPurpose): RedisConnection {
    const connection = openRedis(this.url, purpose);
    this.open.add(connection);
    connection.once('end', () => this.open.delete(connection));
    return connection;
  }

  /** What is still open when the application has stopped. */
  onApplicationShutdown(): void {
    for (const connection of this.open) connection.disconnect();
  }
}

@Global()
@Module({
  providers: [
    RedisConnections,
    {
      provide: REDIS,
      inject: [RedisConnections],
      useFactory: (connections: RedisConnections) => connections.createRedis('command'),
    },
  ],
  exports: [RedisConnections, REDIS],
})
export class RedisModule {}
