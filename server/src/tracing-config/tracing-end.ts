import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type ProjectDeletion, ProjectDeletions } from '../projects/index.ts';
import { TracingChanges } from './tracing-changes.ts';
import { TracingSwitch } from './tracing-switch.ts';

/** A deleted project's switch is off: in its history, and at once for processes of it that still run. */
@Injectable()
export class TracingEnd implements OnModuleInit {
  private readonly deletions: ProjectDeletions;
  private readonly changes: TracingChanges;
  private readonly tracing: TracingSwitch;

  constructor(deletions: ProjectDeletions, changes: TracingChanges, tracing: TracingSwitch) {
    this.deletions = deletions;
    this.changes = changes;
    this.tracing = tracing;
  }

  onModuleInit(): void {
    this.deletions.onDeletion(this);
  }

  async record(manager: EntityManager, deletion: ProjectDeletion): Promise<void> {
    const { projectId, tracingVersion: version, wasTracing } = deletion;
    if (!wasTracing) return;
    const why = { changedBy: null, reason: 'The project was deleted' };
    await this.changes.record(manager, { projectId, version, enabled: false, ...why });
  }

  async committed(deletion: ProjectDeletion): Promise<void> {
    const { projectId, tracingVersion: version, requireSignature } = deletion;
    await this.tracing.publish({ projectId, version, enabled: false, requireSignature });
  }
}
