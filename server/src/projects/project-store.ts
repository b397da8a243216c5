import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, IsNull, LessThan, type Repository } from 'typeorm';
import { CLOCK, type Clock } from '../kernel/clock.ts';
import { DomainError, invalidField } from '../kernel/domain-error.ts';
import { isUuid, uuidv7 } from '../kernel/uuid.ts';
import { decodeCursor, DEFAULT_PAGE_SIZE, type Page, pageOf, type PageQuery } from '../http/page.ts';
import { type ProjectDeletion, ProjectDeletions } from './project-deletions.ts';
import { ProjectDirectory } from './project-directory.ts';
import { type CreateProjectBody, type UpdateProjectBody } from './project-dto.ts';
import { Project } from './project.entity.ts';

/** Projects as people keep them. Deleted ones are not there for anybody. */
@Injectable()
export class ProjectStore {
  private readonly projects: Repository<Project>;
  private readonly directory: ProjectDirectory;
  private readonly deletions: ProjectDeletions;
  private readonly clock: Clock;

  constructor(
    dataSource: DataSource,
    directory: ProjectDirectory,
    deletions: ProjectDeletions,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.projects = dataSource.getRepository(Project);
    this.directory = directory;
    this.deletions = deletions;
    this.clock = clock;
  }

  /** Newest first: ids are UUIDv7. */
  async list(query: PageQuery): Promise<Page<Project>> {
    const limit = query.limit ?? DEFAULT_PAGE_SIZE;
    const [before] = decodeCursor(query.cursor, 1) ?? [];
    if (before !== undefined && !isUuid(before)) {
      throw invalidField('cursor', 'must be the next_cursor of an earlier page');
    }
    const rows = await this.projects.find({
      where: { deletedAt: IsNull(), ...(before === undefined ? {} : { id: LessThan(before) }) },
      order: { id: 'DESC' },
      take: limit + 1,
    });
    return pageOf(rows, limit, (project) => [project.id]);
  }

  /** @throws DomainError `not_found` */
  async get(id: string): Promise<Project> {
    const project = await this.projects.findOneBy({ id, deletedAt: IsNull() });
    if (project === null) throw new DomainError('not_found', 'Project not found');
    return project;
  }

  async create(body: CreateProjectBody): Promise<Project> {
    const now = this.clock.now();
    const id = uuidv7();
    await this.projects.insert({
      id,
      name: body.name,
      description: body.description ?? null,
      environment: body.environment ?? null,
      timeZone: body.time_zone ?? 'UTC',
      createdAt: now,
      updatedAt: now,
    });
    this.directory.evict(id);
    return this.get(id);
  }

  async update(id: string, body: UpdateProjectBody): Promise<Project> {
    await this.projects.update(
      { id, deletedAt: IsNull() },
      {
        updatedAt: this.clock.now(),
        ...(body.name === undefined ? {} : { name: body.name }),
        ...(body.description === undefined ? {} : { description: body.description }),
        ...(body.environment === undefined ? {} : { environment: body.environment }),
        ...(body.time_zone === undefined ? {} : { timeZone: body.time_zone }),
        ...(body.retention_days === undefined ? {} : { retentionDays: body.retention_days }),
        ...(body.require_signature === undefined ? {} : { requireSignature: body.require_signature }),
      },
    );
    this.directory.evict(id);
    return this.get(id);
  }

  /**
   * Gone for everybody at once; its rows go in the background. The switch is turned off with it, so that processes
   * that still run stop sending.
   */
  async delete(id: string): Promise<void> {
    const deletion = await this.projects.manager.transaction((manager) => this.markDeleted(manager, id));
    this.directory.evict(id);
    await this.deletions.committed(deletion);
  }

  private async markDeleted(manager: EntityManager, id: string): Promise<ProjectDeletion> {
    const project = await manager.findOne(Project, {
      where: { id, deletedAt: IsNull() },
      lock: { mode: 'pessimistic_write' },
    });
    if (project === null) throw new DomainError('not_found', 'Project not found');
    const tracingVersion = Number(project.tracingVersion) + 1;
    const { tracingEnabled: wasTracing, requireSignature } = project;
    const deletion = { projectId: id, tracingVersion, wasTracing, requireSignature };
    const now = this.clock.now();
    await manager.update(
      Project,
      { id },
      { deletedAt: now, updatedAt: now, tracingEnabled: false, tracingVersion: String(tracingVersion) },
    );
    await this.deletions.record(manager, deletion);
    return deletion;
  }
}
