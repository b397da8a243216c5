import { Inject, Injectable } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import { SERVER_VERSION } from '../config/server-version.ts';
import { SETTINGS } from '../config/settings.module.ts';
import { type Settings } from '../config/settings.ts';
import { DomainError } from '../kernel/domain-error.ts';
import { Project } from '../projects/index.ts';
import { StreamLimit } from '../stream-limit/index.ts';
import { type TracingConfigAnswer } from './tracing-dto.ts';
import { TracingChanges } from './tracing-changes.ts';

/** The configuration a project's SDKs should follow, from the database. */
@Injectable()
export class TracingConfigReader {
  private readonly dataSource: DataSource;
  private readonly changes: TracingChanges;
  private readonly limit: StreamLimit;
  private readonly streamName: string;

  constructor(
    dataSource: DataSource,
    changes: TracingChanges,
    limit: StreamLimit,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.dataSource = dataSource;
    this.changes = changes;
    this.limit = limit;
    this.streamName = settings.observability.streamName;
  }

  /** @throws DomainError `not_found` */
  async read(projectId: string): Promise<TracingConfigAnswer> {
    const project = await this.dataSource
      .getRepository(Project)
      .findOneBy({ id: projectId, deletedAt: IsNull() });
    if (project === null) throw new DomainError('not_found', 'Project not found');
    const change = await this.changes.last(projectId);
    return {
      version: Number(project.tracingVersion),
      enabled: project.tracingEnabled,
      full: this.limit.isFull,
      updated_at: (change?.changedAt ?? project.createdAt).toISOString(),
      changed_by: change?.changedBy ?? null,
      reason: change?.reason ?? null,
      stream_name: this.streamName,
      server_version: SERVER_VERSION,
    };
  }
}
