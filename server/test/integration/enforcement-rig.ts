import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { type Clock, systemClock } from '../../src/kernel/clock.ts';
import { Project } from '../../src/projects/index.ts';
import { RedisTime } from '../../src/tracing-config/redis-time.ts';
import { SwitchEnforcement, type TraceMoment } from '../../src/tracing-config/switch-enforcement.ts';
import { SwitchHistories } from '../../src/tracing-config/switch-histories.ts';
import { SwitchedOffTrace } from '../../src/tracing-config/switched-off-trace.entity.ts';
import { TracingChange } from '../../src/tracing-config/tracing-change.entity.ts';
import { createDatabase, type TestDatabase } from '../harness/services.ts';

/** A Redis that has not answered yet: every later entry is asked about. */
const silentRedis = { call: () => Promise.reject(new Error('away')) };

/** The switch's history in a database of its own, and the enforcement of one replica or more on it. */
export class EnforcementRig {
  readonly dataSource: DataSource;
  readonly projectId = randomUUID();
  private readonly database: TestDatabase;
  private version = 1;

  private constructor(dataSource: DataSource, database: TestDatabase) {
    this.dataSource = dataSource;
    this.database = database;
  }

  static async start(): Promise<EnforcementRig> {
    const database = await createDatabase();
    const entities = [Project, TracingChange, SwitchedOffTrace];
    const dataSource = await new DataSource({ type: 'postgres', url: database.url, entities }).initialize();
    const rig = new EnforcementRig(dataSource, database);
    await dataSource.getRepository(Project).insert({ id: rig.projectId, name: 'test' });
    return rig;
  }

  /** A process's own: it shares nothing with others but the database. */
  replica(redis: Pick<ConstructorParameters<typeof RedisTime>[0], 'call'> = silentRedis): SwitchEnforcement {
    return this.replicaWithHistories(redis).enforcement;
  }

  replicaWithHistories(
    redis: Pick<ConstructorParameters<typeof RedisTime>[0], 'call'> = silentRedis,
    clock: Clock = systemClock,
  ): { enforcement: SwitchEnforcement; histories: SwitchHistories } {
    const histories = new SwitchHistories(this.dataSource, new RedisTime(redis, clock));
    return { histories, enforcement: new SwitchEnforcement(histories, clock) };
  }

  /** Turns the switch, as the API would, at a time by Redis' clock. */
  async turn(isOn: boolean, atMs: number): Promise<void> {
    this.version += 1;
    const version = String(this.version);
    const effectiveAt = new Date(atMs);
    await this.dataSource.transaction(async (manager) => {
      await manager.update(
        Project,
        { id: this.projectId },
        { tracingEnabled: isOn, tracingVersion: version },
      );
      await manager.insert(TracingChange, {
        projectId: this.projectId,
        version,
        tracingEnabled: isOn,
        changedAt: new Date(0),
        effectiveAt,
        changedBy: null,
        reason: null,
      });
    });
  }

  moment(traceId: string, receivedMs: number): TraceMoment {
    return { projectId: this.projectId, traceId, receivedMs };
  }

  /** What the consumer does with a batch: judge, write the rows of what is left, commit. @returns traces dropped */
  async store(enforcement: SwitchEnforcement, moments: readonly TraceMoment[]): Promise<string[]> {
    const times = moments.map(({ receivedMs }) => receivedMs);
    const span = { oldestMs: Math.min(...times), newestMs: Math.max(...times) };
    const judged = await enforcement.projectsToJudge(new Map([[this.projectId, span]]));
    return this.dataSource.transaction(async (manager) => {
      const off = judged.size === 0 ? new Set<string>() : await enforcement.findSwitchedOff(manager, moments);
      const ids = [...new Set(moments.map(({ traceId }) => traceId))].sort();
      const kept = ids.filter((id) => !off.has(`${this.projectId}/${id}`));
      await manager.query(
        `INSERT INTO traces (project_id, id, start_time, received_at, last_received_at)
         SELECT $1, id, now(), now(), now() FROM unnest($2::uuid[]) AS a(id) ON CONFLICT DO NOTHING`,
        [this.projectId, kept],
      );
      return ids.filter((id) => off.has(`${this.projectId}/${id}`));
    });
  }

  async remembered(): Promise<string[]> {
    const rows = await this.dataSource.getRepository(SwitchedOffTrace).find({ order: { traceId: 'ASC' } });
    return rows.map(({ traceId }) => traceId);
  }

  async close(): Promise<void> {
    await this.dataSource.destroy();
    await this.database.drop();
  }
}
