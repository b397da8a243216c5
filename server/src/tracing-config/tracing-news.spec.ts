import { afterEach, expect, test } from '@jest/globals';
import { EventEmitter } from 'node:events';
import type { DataSource } from 'typeorm';
import type { Settings } from '../config/settings.ts';
import type { RedisConnections } from '../redis/redis.module.ts';
import { TracingNews } from './tracing-news.ts';

const PROJECT = '01a1fe03-d341-71f7-ba37-e65948240f97';
const WAIT_MS = 60_000;

type Answer = { id: string; tracingVersion: string }[];

/** A database that answers when it is told to. */
class SlowDatabase {
  readonly asked: ReturnType<typeof Promise.withResolvers<Answer>>[] = [];

  getRepository() {
    return {
      find: () => {
        const query = Promise.withResolvers<Answer>();
        this.asked.push(query);
        return query.promise;
      },
    };
  }

  /** Waits for a question, as the interval may have to come round for it. */
  async question(index: number): Promise<ReturnType<typeof Promise.withResolvers<Answer>>> {
    for (;;) {
      const query = this.asked[index];
      if (query !== undefined) return query;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

let news: TracingNews;
afterEach(() => news.beforeApplicationShutdown());

function start(): { database: SlowDatabase; subscriber: EventEmitter } {
  const database = new SlowDatabase();
  const subscriber = Object.assign(new EventEmitter(), {
    subscribe: () => Promise.resolve(1),
    disconnect: () => undefined,
  });
  news = new TracingNews(
    { createRedis: () => subscriber } as unknown as RedisConnections,
    database as unknown as DataSource,
    { roles: ['api'] } as unknown as Settings,
  );
  news.onApplicationBootstrap();
  return { database, subscriber };
}

test('what is turned between a look and the end of subscribing is not missed', async () => {
  const { database, subscriber } = start();
  const { isNews } = news.hold(PROJECT, 1, WAIT_MS);
  const before = await database.question(0);
  subscriber.emit('ready');
  await new Promise(setImmediate);
  before.resolve([{ id: PROJECT, tracingVersion: '1' }]);
  const after = await database.question(1);
  after.resolve([{ id: PROJECT, tracingVersion: '2' }]);
  expect(await isNews).toBe(true);
});

test('a look that failed when it had subscribed is made again', async () => {
  const { database, subscriber } = start();
  const { isNews } = news.hold(PROJECT, 1, WAIT_MS);
  subscriber.emit('ready');
  (await database.question(0)).reject(new Error('away'));
  (await database.question(1)).resolve([{ id: PROJECT, tracingVersion: '2' }]);
  expect(await isNews).toBe(true);
});
