import { Inject, Injectable } from '@nestjs/common';
import { createApiKey, deriveSigningKey } from 'swisper-studio/contract';
import { createHash, randomBytes } from 'node:crypto';
import { DataSource, IsNull, LessThan, type Repository } from 'typeorm';
import { decodeCursor, DEFAULT_PAGE_SIZE, type Page, pageOf, type PageQuery } from '../http/page.ts';
import { momentOf } from '../http/time-text.ts';
import { CLOCK, type Clock } from '../kernel/clock.ts';
import { DomainError, invalidField } from '../kernel/domain-error.ts';
import { isUuid, uuidv7 } from '../kernel/uuid.ts';
import { type CreateApiKeyBody } from './api-key-dto.ts';
import { ApiKey } from './api-key.entity.ts';
import { ProjectDirectory } from './project-directory.ts';

/** Keys a project may have that are not revoked: rotation needs two. */
const MAX_LIVE_KEYS = 50;
/** `sws_` and the key id: enough to recognise a key, useless to guess one. */
const PREFIX_CHARS = 20;

/** Makes, lists and revokes a project's API keys. Of the secret only a hash is kept, and a key derived for signatures. */
@Injectable()
export class ApiKeyStore {
  private readonly keys: Repository<ApiKey>;
  private readonly directory: ProjectDirectory;
  private readonly clock: Clock;

  constructor(dataSource: DataSource, directory: ProjectDirectory, @Inject(CLOCK) clock: Clock) {
    this.keys = dataSource.getRepository(ApiKey);
    this.directory = directory;
    this.clock = clock;
  }

  /** Newest first, revoked ones too: ids are UUIDv7. */
  async list(projectId: string, query: PageQuery): Promise<Page<ApiKey>> {
    const limit = query.limit ?? DEFAULT_PAGE_SIZE;
    const [before] = decodeCursor(query.cursor, 1) ?? [];
    if (before !== undefined && !isUuid(before)) {
      throw invalidField('cursor', 'must be the next_cursor of an earlier page');
    }
    const rows = await this.keys.find({
      where: {
        projectId,
        ...(before === undefined ? {} : { id: LessThan(before) }),
      },
      order: { id: 'DESC' },
      take: limit + 1,
    });
    return pageOf(rows, limit, (key) => [key.id]);
  }

  /** @returns the stored key, and the secret that exists only here */
  async create(
    projectId: string,
    body: CreateApiKeyBody,
    createdBy: string,
  ): Promise<{ key: ApiKey; secret: string }> {
    const now = this.clock.now();
    const expiresAt = body.expires_at ? momentOf(body.expires_at) : null;
    if (expiresAt !== null && expiresAt <= now) throw invalidField('expires_at', 'must be in the future');
    if ((await this.keys.countBy({ projectId, revokedAt: IsNull() })) >= MAX_LIVE_KEYS) {
      throw new DomainError('conflict', `A project has at most ${MAX_LIVE_KEYS} keys; revoke one first`);
    }
    const { apiKey, keyId } = createApiKey(randomBytes);
    const key = this.keys.create({
      id: uuidv7(),
      projectId,
      keyId,
      name: body.name,
      prefix: apiKey.slice(0, PREFIX_CHARS),
      secretHash: hashApiKey(apiKey),
      signingKey: this.directory.sealSigningKey(deriveSigningKey(apiKey)),
      scopes: body.scopes,
      createdBy,
      createdAt: now,
      lastUsedAt: null,
      expiresAt,
      revokedAt: null,
    });
    await this.keys.insert(key);
    this.directory.evictKey(keyId);
    return { key, secret: apiKey };
  }

  /** Revoking twice is one revocation. Other replicas follow within 5 s. */
  async revoke(projectId: string, id: string): Promise<void> {
    const key = await this.keys.findOneBy({ projectId, id });
    if (key === null) throw new DomainError('not_found', 'API key not found');
    await this.keys.update({ id, projectId, revokedAt: IsNull() }, { revokedAt: this.clock.now() });
    this.directory.evictKey(key.keyId);
  }
}

/** SHA-256 is enough for a random key of 32 bytes: there is nothing to guess. */
export function hashApiKey(apiKey: string): Buffer {
  return createHash('sha256').update(apiKey).digest();
}
