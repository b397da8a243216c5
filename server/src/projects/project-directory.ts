import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, IsNull } from 'typeorm';
import { SETTINGS } from '../config/settings.module.ts';
import { type Settings } from '../config/settings.ts';
import { type KeyScope } from '../http/access.ts';
import { CLOCK, type Clock } from '../kernel/clock.ts';
import { LastKnown } from '../kernel/last-known.ts';
import { TtlCache } from '../kernel/ttl-cache.ts';
import { knownScopes } from './api-key-dto.ts';
import { ApiKey } from './api-key.entity.ts';
import { Project } from './project.entity.ts';
import { SigningKeyVault } from './signing-key-vault.ts';

/** A change made by another replica is seen here after this long at most. */
const CACHE = { ttlMs: 5_000, missingTtlMs: 1_000, maxEntries: 10_000 };

/**
 * While the database is away, keys and projects that were found before are believed for this long: HTTP ingest goes
 * on. Nobody can revoke a key in that time either.
 */
const RECALL = { freshMs: 1_000, maxAgeMs: 3_600_000, patienceMs: 1_000, pauseMs: 1_000, maxEntries: 10_000 };

/** What others need to know about a project. */
export interface DirectoryProject {
  id: string;
  timeZone: string;
  tracingEnabled: boolean;
  tracingVersion: number;
  requireSignature: boolean;
  signedSince: Date | null;
}

export interface DirectorySigningKey {
  keyId: string;
  projectId: string;
  signingKey: Buffer;
  createdAt: Date;
  revokedAt: Date | null;
  expiresAt: Date | null;
}

/** A stored key with what authentication needs. */
export interface DirectoryKey extends DirectorySigningKey {
  secretHash: Buffer;
  scopes: readonly KeyScope[];
}

/** Projects and keys by their id, for those who ask with every request or entry: cached for at most 5 s. */
@Injectable()
export class ProjectDirectory {
  private readonly dataSource: DataSource;
  private readonly vault: SigningKeyVault;
  private readonly projects: TtlCache<DirectoryProject>;
  private readonly keys: TtlCache<DirectoryKey>;
  private readonly knownProjects: LastKnown<DirectoryProject>;
  private readonly knownKeys: LastKnown<DirectoryKey>;
  private readonly changeListeners: ((projectId: string) => void)[] = [];

  constructor(dataSource: DataSource, @Inject(CLOCK) clock: Clock, @Inject(SETTINGS) settings: Settings) {
    this.dataSource = dataSource;
    this.vault = new SigningKeyVault(settings.secret);
    this.projects = new TtlCache(clock, CACHE);
    this.keys = new TtlCache(clock, CACHE);
    this.knownProjects = new LastKnown(clock, RECALL);
    this.knownKeys = new LastKnown(clock, RECALL);
  }

  /**
   * @param projectId a UUID
   * @returns null for an unknown or deleted project
   */
  find(projectId: string): Promise<DirectoryProject | null> {
    const id = projectId.toLowerCase();
    return this.projects.get(id, () => this.loadProject(id));
  }

  /** As `find`; while the database is away, what it said last. For admitting requests, not for storing. */
  recall(projectId: string): Promise<DirectoryProject | null> {
    return this.knownProjects.get(projectId.toLowerCase(), () => this.find(projectId));
  }

  /**
   * To be called before the application has started, e.g. in `onModuleInit`.
   * @param listener called whenever this process has made, changed or deleted a project; must not throw
   */
  onChange(listener: (projectId: string) => void): void {
    this.changeListeners.push(listener);
  }

  /** After a committed change: makes the next `find` ask the database, and tells who listens. */
  evict(projectId: string): void {
    const id = projectId.toLowerCase();
    this.projects.evict(id);
    this.knownProjects.forget(id);
    for (const listener of this.changeListeners) listener(id);
  }

  /** The key a signed entry names, also when it is revoked or expired: the entry's time decides. Null: never existed. */
  findSigningKey(keyId: string): Promise<DirectorySigningKey | null> {
    return this.findKey(keyId);
  }

  findKey(keyId: string): Promise<DirectoryKey | null> {
    return this.keys.get(keyId, () => this.loadKey(keyId));
  }

  /** As `findKey`; while the database is away, what it said last. For admitting requests, not for storing. */
  recallKey(keyId: string): Promise<DirectoryKey | null> {
    return this.knownKeys.get(keyId, () => this.findKey(keyId));
  }

  evictKey(keyId: string): void {
    this.keys.evict(keyId);
    this.knownKeys.forget(keyId);
  }

  /** What is stored for a new key's signing key. */
  sealSigningKey(signingKey: Buffer): Buffer {
    return this.vault.seal(signingKey);
  }

  /**
   * Records a project's first valid signed entry, in the transaction that stores the entry: from now on unsigned ones
   * are refused. Does nothing when there was one before, so that an admin's revert stays. Evict after the commit.
   */
  async markSigned(manager: EntityManager, projectId: string, at: Date): Promise<void> {
    await manager.update(
      Project,
      { id: projectId, signedSince: IsNull() },
      { signedSince: at, requireSignature: true },
    );
  }

  private async loadProject(id: string): Promise<DirectoryProject | null> {
    const project = await this.dataSource.getRepository(Project).findOneBy({ id, deletedAt: IsNull() });
    if (project === null) return null;
    const { timeZone, tracingEnabled, requireSignature, signedSince } = project;
    return {
      id,
      timeZone,
      tracingEnabled,
      tracingVersion: Number(project.tracingVersion),
      requireSignature,
      signedSince,
    };
  }

  private async loadKey(keyId: string): Promise<DirectoryKey | null> {
    const key = await this.dataSource.getRepository(ApiKey).findOneBy({ keyId });
    if (key === null) return null;
    const { projectId, createdAt, revokedAt, expiresAt, secretHash } = key;
    const signingKey = this.vault.open(key.signingKey);
    return {
      keyId,
      projectId,
      signingKey,
      createdAt,
      revokedAt,
      expiresAt,
      secretHash,
      scopes: knownScopes(key.scopes),
    };
  }
}
