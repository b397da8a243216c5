import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { DomainError } from '../kernel/domain-error.ts';
import { uuidv7 } from '../kernel/uuid.ts';
import { ADVISORY_LOCKS } from '../database/advisory-locks.ts';
import { LoginThrottle } from './login-throttle.ts';
import { PasswordHasher } from './password-hasher.ts';
import { User } from './user.entity.ts';

export interface NewAccount {
  email: string;
  passwordHash: string;
  name: string;
}

/** The people who may sign in. */
@Injectable()
export class Accounts {
  private readonly dataSource: DataSource;
  private readonly hasher: PasswordHasher;
  private readonly throttle: LoginThrottle;

  constructor(dataSource: DataSource, hasher: PasswordHasher, throttle: LoginThrottle) {
    this.dataSource = dataSource;
    this.hasher = hasher;
    this.throttle = throttle;
  }

  /**
   * Checks an e-mail address and password. Unknown accounts get the same answer after the same time.
   * @throws DomainError `unauthenticated`, or `too_many` after repeated failures
   */
  async signIn(email: string, password: string, address: string): Promise<User> {
    await this.throttle.enter(email, address);
    const user = await this.dataSource.getRepository(User).findOneBy({ email: email.toLowerCase() });
    const isRight = await this.hasher.verify(user?.passwordHash ?? null, password);
    if (user === null || !isRight) throw new DomainError('unauthenticated', 'Invalid email or password');
    await this.throttle.succeeded(email, address);
    return user;
  }

  async hasAny(): Promise<boolean> {
    return this.dataSource.getRepository(User).exists();
  }

  /**
   * Makes the first account, under a lock, so that of several who try one succeeds.
   * @param inSameTransaction what is to happen together with it
   * @returns null when there is an account already
   */
  addFirst(
    account: NewAccount,
    inSameTransaction: (manager: EntityManager) => Promise<void> = () => Promise.resolve(),
  ): Promise<User | null> {
    return this.dataSource.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.firstAccount]);
      const users = manager.getRepository(User);
      if (await users.exists()) return null;
      const user = users.create({
        ...account,
        id: uuidv7(),
        email: account.email.toLowerCase(),
        role: 'admin',
      });
      await users.insert(user);
      await inSameTransaction(manager);
      return user;
    });
  }
}
