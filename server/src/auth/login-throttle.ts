import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { createHash } from 'node:crypto';
import { DomainError } from '../kernel/domain-error.ts';

export interface ThrottleRules {
  /** Failed logins of one account, known or not, before it has to wait. */
  perAccount: number;
  /** Failed logins from one address. More: an office may share one. */
  perAddress: number;
  /** What is counted and how long the wait is. */
  windowSeconds: number;
}

const DEFAULT_RULES: ThrottleRules = { perAccount: 10, perAddress: 50, windowSeconds: 15 * 60 };

/** Slows guessing down: per account and per address, the same for accounts that do not exist. Counts per process. */
export class LoginThrottle {
  private readonly accounts: RateLimiterMemory;
  private readonly addresses: RateLimiterMemory;

  constructor(rules: ThrottleRules = DEFAULT_RULES) {
    const duration = rules.windowSeconds;
    this.accounts = new RateLimiterMemory({ points: rules.perAccount, duration });
    this.addresses = new RateLimiterMemory({ points: rules.perAddress, duration });
  }

  /**
   * Counts an attempt before its password is looked at, so that many at once do not slip through.
   * @throws DomainError `too_many` with the seconds to wait
   */
  async enter(email: string, address: string): Promise<void> {
    await this.consume(this.addresses, address);
    await this.consume(this.accounts, accountKey(email));
  }

  /** A right password takes the attempt back and forgets the account's failures. */
  async succeeded(email: string, address: string): Promise<void> {
    await this.accounts.delete(accountKey(email));
    await this.addresses.reward(address);
  }

  private async consume(limiter: RateLimiterMemory, key: string): Promise<void> {
    try {
      await limiter.consume(key);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      throw new DomainError('too_many', 'Too many failed logins; try again later', {
        retryAfterSeconds: Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)),
      });
    }
  }
}

/** Of fixed length, so that a long e-mail address costs no memory. */
function accountKey(email: string): string {
  return createHash('sha256').update(email.toLowerCase()).digest('base64');
}
