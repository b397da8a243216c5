import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, LessThan } from 'typeorm';
import { decodeCursor, DEFAULT_PAGE_SIZE, type Page, pageOf, type PageQuery } from '../http/page.ts';
import { CLOCK, type Clock } from '../kernel/clock.ts';
import { invalidField } from '../kernel/domain-error.ts';
import { RedisTime } from './redis-time.ts';
import { TracingChange } from './tracing-change.entity.ts';

export interface NewTracingChange {
  projectId: string;
  version: number;
  enabled: boolean;
  changedBy: string | null;
  reason: string | null;
}

/** Who turned the switch of a project, when and why. */
@Injectable()
export class TracingChanges {
  private readonly dataSource: DataSource;
  private readonly redisTime: RedisTime;
  private readonly clock: Clock;

  constructor(dataSource: DataSource, redisTime: RedisTime, @Inject(CLOCK) clock: Clock) {
    this.dataSource = dataSource;
    this.redisTime = redisTime;
    this.clock = clock;
  }

  /**
   * Part of the transaction that holds the project's row, so that changes follow each other. Takes effect now by the clock
   * entries are judged by: off from the next millisecond, on from this one.
   * @returns the server's time of it
   */
  async record(manager: EntityManager, change: NewTracingChange): Promise<Date> {
    const { projectId, version, enabled, changedBy, reason } = change;
    const last = await manager.findOne(TracingChange, { where: { projectId }, order: { version: 'DESC' } });
    const redisMs = await this.redisTime.nowMs();
    const nowMs = enabled ? Math.floor(redisMs) : Math.ceil(redisMs);
    const changedAt = this.clock.now();
    await manager.insert(TracingChange, {
      projectId,
      version: String(version),
      tracingEnabled: enabled,
      changedAt,
      effectiveAt: new Date(Math.max(nowMs, last?.effectiveAt?.getTime() ?? -Infinity)),
      changedBy,
      reason,
    });
    return changedAt;
  }

  /** The newest change; null when the switch was never turned. */
  last(projectId: string): Promise<TracingChange | null> {
    return this.dataSource
      .getRepository(TracingChange)
      .findOne({ where: { projectId }, order: { version: 'DESC' } });
  }

  /** Newest first. */
  async list(projectId: string, query: PageQuery): Promise<Page<TracingChange>> {
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
}
