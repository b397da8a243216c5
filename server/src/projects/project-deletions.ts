import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/** A project that is being deleted. */
export interface ProjectDeletion {
  readonly projectId: string;
  /** Of its switch, which is off from now on. */
  readonly tracingVersion: number;
  readonly wasTracing: boolean;
  readonly requireSignature: boolean;
}

/** Who has something to do when a project is deleted. */
export interface DeletionListener {
  /** Part of the deletion's transaction, which holds the project's row. */
  record(manager: EntityManager, deletion: ProjectDeletion): Promise<void>;
  /** After the commit. Must not reject. */
  committed(deletion: ProjectDeletion): Promise<void>;
}

/** Tells other features that a project is deleted. */
@Injectable()
export class ProjectDeletions {
  private readonly listeners: DeletionListener[] = [];

  /** To be called before the application has started, e.g. in `onModuleInit`. */
  onDeletion(listener: DeletionListener): void {
    this.listeners.push(listener);
  }

  async record(manager: EntityManager, deletion: ProjectDeletion): Promise<void> {
    for (const listener of this.listeners) await listener.record(manager, deletion);
  }

  async committed(deletion: ProjectDeletion): Promise<void> {
    for (const listener of this.listeners) await listener.committed(deletion);
  }
}
