import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager, IsNull } from 'typeorm';
import { DomainError } from '../kernel/domain-error.ts';
import { Project, ProjectDirectory } from '../projects/index.ts';
import { TracingChanges } from './tracing-changes.ts';
import { type SwitchState, TracingPublisher } from './tracing-publisher.ts';

export interface SwitchRequest {
  enabled: boolean;
  /** E-mail address, or the id of a key. */
  changedBy: string;
  reason: string | null;
}

/** Turns tracing of a project off and on: PostgreSQL decides, Redis tells the SDKs. */
@Injectable()
export class TracingSwitch {
  private readonly log = new Logger('TracingSwitch');
  private readonly dataSource: DataSource;
  private readonly directory: ProjectDirectory;
  private readonly changes: TracingChanges;
  private readonly publisher: TracingPublisher;

  constructor(
    dataSource: DataSource,
    directory: ProjectDirectory,
    changes: TracingChanges,
    publisher: TracingPublisher,
  ) {
    this.dataSource = dataSource;
    this.directory = directory;
    this.changes = changes;
    this.publisher = publisher;
  }

  /**
   * Asking for what already is changes nothing and is published again.
   * @returns the state, and whether Redis holds it now; if not, it will within 30 s of its return
   */
  async turn(projectId: string, request: SwitchRequest): Promise<SwitchState & { isApplied: boolean }> {
    const state = await this.dataSource.transaction((manager) => this.change(manager, projectId, request));
    this.directory.evict(projectId);
    return { ...state, isApplied: await this.publish(state) };
  }

  /** Tells SDKs of a state that is committed. @returns whether Redis holds it now; if not, the next assertion brings it */
  async publish(state: SwitchState): Promise<boolean> {
    try {
      const isApplied = await this.publisher.write(state);
      await this.publisher.announce(state);
      return isApplied;
    } catch (error) {
      this.log.warn({ err: error, projectId: state.projectId }, 'The switch is saved but not yet published');
      return false;
    }
  }

  private async change(
    manager: EntityManager,
    projectId: string,
    request: SwitchRequest,
  ): Promise<SwitchState> {
    const project = await manager.findOne(Project, {
      where: { id: projectId, deletedAt: IsNull() },
      lock: { mode: 'pessimistic_write' },
    });
    if (project === null) throw new DomainError('not_found', 'Project not found');
    const current = Number(project.tracingVersion);
    const { enabled } = request;
    const { requireSignature } = project;
    if (project.tracingEnabled === enabled) return { projectId, version: current, enabled, requireSignature };
    const version = current + 1;
    const changedAt = await this.changes.record(manager, { projectId, version, ...request });
    await manager.update(
      Project,
      { id: projectId },
      { tracingEnabled: enabled, tracingVersion: String(version), updatedAt: changedAt },
    );
    return { projectId, version, enabled, requireSignature };
  }
}
