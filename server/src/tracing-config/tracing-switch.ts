import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager, IsNull, LessThan } from 'typeorm';
import { decodeCursor, DEFAULT_PAGE_SIZE, type Page, pageOf, type PageQuery } from '../http/page.ts';
import { CLOCK, type Clock } from '../kernel/clock.ts';
import { DomainError, invalidField } from '../kernel/domain-error.ts';
import { Project, ProjectDirectory } from '../projects/index.ts';
import { TracingChange } from './tracing-change.entity.ts';
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
  private readonly publisher: TracingPublisher;
  private readonly clock: Clock;

  constructor(
    dataSource: DataSource,
    directory: ProjectDirectory,
    publisher: TracingPublisher,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.dataSource = dataSource;
    this.directory = directory;
    this.publisher = publisher;
    this.clock = clock;
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

  /** The newest change; null when the switch was never turned. */
  lastChange(projectId: string): Promise<TracingChange | null> {
    return this.dataSource
      .getRepository(TracingChange)
      .findOne({ where: { projectId }, order: { version: 'DESC' } });
  }

  /** Newest first. */
  async history(projectId: string, query: PageQuery): Promise<Page<TracingChange>> {
    const limit = query.limit ?? DEFAULT_PAGE_SIZE;
    const [before] = decodeCursor(query.cursor, 1) ?? [];
    if (before !== undefined && !/^\d{1,18}$/.test(before)) {
      throw invalidField('cursor', 'must be the next_cursor of an earlier page');
    }
    const rows = await this.dataSource.getRepository(TracingChange).find({
      where: { projectId, ...(before === undefined ? {} : { version: LessThan(before) }) },
      order: { version: 'DESC' },
      take: limit + 1,
    });
    return pageOf(rows, limit, (change) => [change.version]);
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
    const { enabled, changedBy, reason } = request;
    if (project.tracingEnabled === enabled) return { projectId, version: current, enabled };
    const version = current + 1;
    const changedAt = this.clock.now();
    await manager.update(
      Project,
      { id: projectId },
      { tracingEnabled: enabled, tracingVersion: String(version), updatedAt: changedAt },
    );
    await manager.insert(TracingChange, {
      projectId,
      version: String(version),
      tracingEnabled: enabled,
      changedAt,
      changedBy,
      reason,
    });
    return { projectId, version, enabled };
  }

  private async publish(state: SwitchState): Promise<boolean> {
    try {
      const isApplied = await this.publisher.write(state);
      await this.publisher.announce(state);
      return isApplied;
    } catch (error) {
      this.log.warn({ err: error, projectId: state.projectId }, 'The switch is saved but not yet published');
      return false;
    }
  }
}
