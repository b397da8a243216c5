import { Inject, Injectable, Logger } from '@nestjs/common';
import { parseApiKey } from 'swisper-studio/contract';
import { timingSafeEqual } from 'node:crypto';
import { DataSource, type Repository } from 'typeorm';
import { type KeyPrincipal } from '../http/access.ts';
import { CLOCK, type Clock } from '../kernel/clock.ts';
import { DomainError } from '../kernel/domain-error.ts';
import { OncePer } from '../kernel/once-per.ts';
import { hashApiKey } from './api-key-store.ts';
import { ApiKey } from './api-key.entity.ts';
import { type DirectoryKey, ProjectDirectory } from './project-directory.ts';

const LAST_USED_EVERY_MS = 60_000;
const MAX_REMEMBERED_KEYS = 10_000;
const RETRY_AFTER_SECONDS = 2;

/** Finds out who an API key belongs to. */
@Injectable()
export class ApiKeyAuthenticator {
  private readonly log = new Logger('ApiKeys');
  private readonly keys: Repository<ApiKey>;
  private readonly directory: ProjectDirectory;
  private readonly clock: Clock;
  private readonly lastUsed = new Map<string, OncePer>();

  constructor(dataSource: DataSource, directory: ProjectDirectory, @Inject(CLOCK) clock: Clock) {
    this.keys = dataSource.getRepository(ApiKey);
    this.directory = directory;
    this.clock = clock;
  }

  /**
   * @returns null for anything but a live key
   * @throws DomainError `not_found` when the key is right and its project was deleted; `unavailable` for a key that is
   *   not known while the database is away
   */
  async authenticate(apiKey: string): Promise<KeyPrincipal | null> {
    const keyId = parseApiKey(apiKey)?.keyId;
    const key = keyId === undefined ? null : await ifReachable(this.directory.recallKey(keyId));
    if (key === null || !timingSafeEqual(hashApiKey(apiKey), key.secretHash) || !this.isLive(key))
      return null;
    if ((await ifReachable(this.directory.recall(key.projectId))) === null)
      throw new DomainError('not_found', 'Project not found');
    this.recordUse(key.keyId);
    return { kind: 'key', keyId: key.keyId, projectId: key.projectId, scopes: key.scopes };
  }

  private isLive(key: DirectoryKey): boolean {
    return key.revokedAt === null && (key.expiresAt === null || key.expiresAt > this.clock.now());
  }

  /** At most once a minute per key, and nobody waits for it. */
  private recordUse(keyId: string): void {
    const throttle = this.lastUsed.get(keyId) ?? new OncePer(LAST_USED_EVERY_MS);
    if (this.lastUsed.size >= MAX_REMEMBERED_KEYS) this.lastUsed.clear();
    this.lastUsed.set(keyId, throttle);
    if (!throttle.allows(this.clock.nowMs())) return;
    this.keys.update({ keyId }, { lastUsedAt: this.clock.now() }).catch((error: unknown) => {
      this.log.warn({ err: error }, 'The last use of a key was not recorded');
    });
  }
}

/** Nothing but the database can fail here. */
async function ifReachable<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw new DomainError('unavailable', 'API keys cannot be checked now', {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
      cause,
    });
  }
}
