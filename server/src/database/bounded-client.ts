import { EventEmitter } from 'node:events';
import { Client, type ClientConfig } from 'pg';

/** What `pg` rejects with when `query_timeout` is over. */
const READ_TIMEOUT = 'Query read timeout';

/**
 * A connection that ends with the first answer that does not come in time. `pg` itself would keep it: whoever got it next
 * would be in the transaction of the one before, and an answer to a COPY that comes after all would end the process.
 * So would a connection that is cut between two owners, while neither pool nor query listens for its errors.
 */
export class BoundedClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    // What is asked of it, or what it is asked next, fails and says why.
    this.on('error', () => undefined);
    const query = (...question: Parameters<Client['query']>): unknown => {
      const answer: unknown = super.query(...question);
      this.watch(answer);
      return answer;
    };
    // All of the overloads of `query` at once.
    Object.defineProperty(this, 'query', { value: query });
  }

  /** @param answer a promise, or the stream of a COPY */
  private watch(answer: unknown): void {
    const endIfLate = (error: unknown): void => {
      if (error instanceof Error && error.message === READ_TIMEOUT) void this.end();
    };
    if (answer instanceof Promise) answer.catch(endIfLate);
    else if (answer instanceof EventEmitter) answer.once('error', endIfLate);
  }
}
