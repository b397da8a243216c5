import type { Redis } from 'ioredis';
import { reasonOf } from '../log.ts';
import { RedisLink } from '../connection/redis-link.ts';

/** A little more than the link itself waits for a connection. */
const TIMEOUT_MS = 5000;

/** What a command was answered: a result, or the text of its error. */
export type Reply = { readonly result: unknown } | { readonly error: string };

/** A connection as the SDK makes them, for questions. Nothing rejects. */
export class RedisProbe {
  private readonly link: RedisLink;
  private client: Redis | undefined;
  private settle: (reason: string | undefined) => void = () => undefined;

  constructor(url: string) {
    this.link = new RedisLink(url, {
      onReady: (client) => {
        this.client = client;
        this.settle(undefined);
      },
      onDown: (reason) => this.settle(reason),
    });
  }

  /** @returns why there is no connection; undefined: there is one */
  async open(): Promise<string | undefined> {
    const connecting = new Promise<string | undefined>((resolve) => {
      const timer = setTimeout(() => resolve(`no answer within ${String(TIMEOUT_MS / 1000)} s`), TIMEOUT_MS);
      this.settle = (reason) => {
        clearTimeout(timer);
        resolve(reason);
      };
    });
    await this.link.open();
    return connecting;
  }

  async ask(command: string, ...args: (string | number)[]): Promise<Reply> {
    const { client } = this;
    if (client === undefined) return { error: 'not connected' };
    try {
      return { result: await client.call(command, ...args) };
    } catch (error) {
      return { error: reasonOf(error) };
    }
  }

  close(): void {
    this.link.close();
  }
}

/** The result where it is a text. */
export const textOf = (reply: Reply): string | undefined =>
  'result' in reply && typeof reply.result === 'string' ? reply.result : undefined;

export const numberOf = (reply: Reply): number | undefined =>
  'result' in reply && typeof reply.result === 'number' ? reply.result : undefined;

export const errorOf = (reply: Reply): string | undefined => ('error' in reply ? reply.error : undefined);
