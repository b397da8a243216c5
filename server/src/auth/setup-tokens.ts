import { Inject, Injectable } from '@nestjs/common';
import { createHash, randomBytes } from 'node:crypto';
import { DataSource, type EntityManager, LessThan } from 'typeorm';
import { CLOCK, type Clock } from '../kernel/clock.ts';
import { DomainError } from '../kernel/domain-error.ts';
import { SetupToken } from './setup-token.entity.ts';

const TOKEN_BYTES = 32;
const LIFETIME_MS = 3_600_000;

/** The tokens of set-up links: random, one hour, one use. Only their SHA-256 is stored. */
@Injectable()
export class SetupTokens {
  private readonly dataSource: DataSource;
  private readonly clock: Clock;

  constructor(dataSource: DataSource, @Inject(CLOCK) clock: Clock) {
    this.dataSource = dataSource;
    this.clock = clock;
  }

  async issue(): Promise<string> {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const createdAt = this.clock.now();
    const tokens = this.dataSource.getRepository(SetupToken);
    await tokens.delete({ expiresAt: LessThan(createdAt) });
    const expiresAt = new Date(createdAt.getTime() + LIFETIME_MS);
    await tokens.insert({ tokenHash: hashToken(token), createdAt, expiresAt });
    return token;
  }

  /** @throws DomainError `not_found` for an unknown token, `gone` for one that was used or is too old */
  async requireUsable(token: string): Promise<void> {
    const found = await this.dataSource.getRepository(SetupToken).findOneBy({ tokenHash: hashToken(token) });
    if (found === null) throw new DomainError('not_found', 'This set-up link is not valid');
    if (found.usedAt !== null || found.expiresAt <= this.clock.now()) throw linkIsUsedUp();
  }

  async markUsed(manager: EntityManager, token: string): Promise<void> {
    await manager.update(SetupToken, { tokenHash: hashToken(token) }, { usedAt: this.clock.now() });
  }
}

export function linkIsUsedUp(): DomainError {
  return new DomainError('gone', 'This set-up link has expired or was already used');
}

function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
