import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CLOCK, type Clock } from '../kernel/clock.ts';
import { TtlCache } from '../kernel/ttl-cache.ts';
import { Project } from '../projects/index.ts';
import { type ConnectionStatusAnswer, type InstanceAnswer } from './connection-status-dto.ts';
import { instanceStatus, isHidden, lastSeenMs, projectStatus } from './liveness.ts';
import { startOfDay } from './local-day.ts';
import { ProjectConnection } from './project-connection.entity.ts';
import { reportedCounters } from './reported-counters.ts';

/** Instances of one project that are looked at, newest sign of life first. */
const MAX_INSTANCES = 200;
/** Consoles that ask at the same time cause one count. */
const COUNT_CACHE = { ttlMs: 1_000, missingTtlMs: 1_000, maxEntries: 1_000 };

const TRACES_TODAY = `
  SELECT day.project_id, (
    SELECT count(*) FROM traces
    WHERE traces.project_id = day.project_id AND start_time >= day.starts_at AND start_time < day.ends_at
  )::int AS traces
  FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS day (project_id, starts_at, ends_at)`;

const NEWEST_CONNECTIONS = `
  SELECT project_id, instance_id FROM (
    SELECT project_id, instance_id, row_number() OVER (
      PARTITION BY project_id ORDER BY GREATEST(last_heartbeat_at, last_event_at) DESC NULLS LAST) AS place
    FROM project_connections WHERE project_id = ANY ($1)) AS ranked
  WHERE place <= ${MAX_INSTANCES}`;

const DAY_MS = 24 * 3_600_000;

/** Which projects and instances are connected, by the server's clock. */
@Injectable()
export class ConnectionStatus {
  private readonly dataSource: DataSource;
  private readonly clock: Clock;
  private readonly counts: TtlCache<ReadonlyMap<string, number>>;

  constructor(dataSource: DataSource, @Inject(CLOCK) clock: Clock) {
    this.dataSource = dataSource;
    this.clock = clock;
    this.counts = new TtlCache(clock, COUNT_CACHE);
  }

  /** @param projectId only this one; null: all, newest project first */
  async read(projectId: string | null): Promise<ConnectionStatusAnswer[]> {
    const projects = await this.projects(projectId);
    if (projects.length === 0) return [];
    const ids = projects.map((project) => project.id);
    const [connections, counts] = await Promise.all([
      this.connections(ids),
      this.counts.get(projectId ?? 'all', () => this.tracesToday(projects)),
    ]);
    const nowMs = this.clock.nowMs();
    return projects.map(({ id }) => statusAnswer(id, connections.get(id) ?? [], counts?.get(id) ?? 0, nowMs));
  }

  private projects(projectId: string | null): Promise<Project[]> {
    const query = this.dataSource.getRepository(Project).createQueryBuilder('project');
    query.where('project.deletedAt IS NULL').orderBy('project.id', 'DESC');
    if (projectId !== null) query.andWhere('project.id = :projectId', { projectId });
    return query.getMany();
  }

  /** By project, newest sign of life first. */
  private async connections(projectIds: readonly string[]): Promise<Map<string, ProjectConnection[]>> {
    const rows = await this.dataSource
      .getRepository(ProjectConnection)
      .createQueryBuilder('connection')
      .where(
        `(connection.project_id, connection.instance_id) IN (${NEWEST_CONNECTIONS.replace('$1', ':ids')})`,
        {
          ids: projectIds,
        },
      )
      .getMany();
    rows.sort((a, b) => (lastSeenMs(b) ?? 0) - (lastSeenMs(a) ?? 0));
    return Map.groupBy(rows, (row) => row.projectId);
  }

  private async tracesToday(projects: readonly Project[]): Promise<ReadonlyMap<string, number>> {
    const nowMs = this.clock.nowMs();
    const days = daysOf(new Set(projects.map(({ timeZone }) => timeZone)), nowMs);
    const rows: Array<{ project_id: string; traces: number }> = await this.dataSource.query(TRACES_TODAY, [
      projects.map((project) => project.id),
      projects.map(({ timeZone }) => days.get(timeZone)?.startsAt),
      projects.map(({ timeZone }) => days.get(timeZone)?.endsAt),
    ]);
    return new Map(rows.map((row) => [row.project_id, row.traces]));
  }
}

/** The present day of each time zone: most projects share one, and asking the calendar takes longer than the query. */
function daysOf(zones: ReadonlySet<string>, nowMs: number): Map<string, { startsAt: Date; endsAt: Date }> {
  const days = new Map<string, { startsAt: Date; endsAt: Date }>();
  for (const zone of zones) {
    const startsAt = startOfDay(zone, nowMs);
    // Half a day later is tomorrow's first half in every zone, also on a day of 25 hours.
    days.set(zone, { startsAt, endsAt: startOfDay(zone, Number(startsAt) + 1.5 * DAY_MS) });
  }
  return days;
}

function statusAnswer(
  projectId: string,
  connections: readonly ProjectConnection[],
  tracesToday: number,
  nowMs: number,
): ConnectionStatusAnswer {
  const newestWith = (field: 'environment' | 'appVersion' | 'sdkVersion') =>
    connections.find((connection) => connection[field] !== null)?.[field] ?? null;
  const newest = connections[0];
  return {
    project_id: projectId,
    status: projectStatus(connections, nowMs),
    last_seen: newest === undefined ? null : timeText(lastSeenMs(newest)),
    environment: newestWith('environment'),
    version: newestWith('appVersion'),
    sdk_version: newestWith('sdkVersion'),
    traces_today: tracesToday,
    instances: connections
      .filter((connection) => !isHidden(connection, nowMs))
      .map((connection) => instanceAnswer(connection, nowMs)),
    server_time: new Date(nowMs).toISOString(),
  };
}

function instanceAnswer(connection: ProjectConnection, nowMs: number): InstanceAnswer {
  return {
    instance_id: connection.instanceId,
    status: instanceStatus(connection, nowMs),
    last_seen: timeText(lastSeenMs(connection)),
    environment: connection.environment,
    version: connection.appVersion,
    sdk_version: connection.sdkVersion,
    host: connection.host,
    started_at: connection.startedAt?.toISOString() ?? null,
    config_version: connection.configVersion === null ? null : Number(connection.configVersion),
    counters: reportedCounters(connection.counters),
  };
}

function timeText(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
