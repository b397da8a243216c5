import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { ConcurrencyLimit } from '../kernel/concurrency-limit.ts';

/** argon2id (the library's default algorithm) as OWASP recommends: 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 };
/** Each hash takes 19 MiB and a thread of libuv's four: logins must not starve the rest. */
const MAX_AT_ONCE = 2;
const MAX_WAITING = 50;

/** Hashes and checks passwords, a few at a time. */
@Injectable()
export class PasswordHasher {
  private readonly limit = new ConcurrencyLimit(MAX_AT_ONCE, MAX_WAITING);
  private standIn: Promise<string> | undefined;

  hash(password: string): Promise<string> {
    return this.limit.run(() => hash(password, COST));
  }

  /**
   * @param passwordHash null for an unknown account: takes as long as a known one, and is false
   * @throws DomainError `unavailable` when too many wait already
   */
  async verify(passwordHash: string | null, password: string): Promise<boolean> {
    const known = passwordHash ?? (await this.standInHash());
    const isRight = await this.limit.run(() => verify(known, password));
    return passwordHash !== null && isRight;
  }

  private standInHash(): Promise<string> {
    this.standIn ??= hash('nobody has this password', COST);
    return this.standIn;
  }
}
