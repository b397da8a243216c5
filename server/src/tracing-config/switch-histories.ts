import { Injectable } from '@nestjs/common';
import { performance } from 'node:perf_hooks';
import { DataSource } from 'typeorm';
import { RedisTime } from './redis-time.ts';
import { SwitchHistory } from './switch-history.ts';

/** Turns of one project that are kept: before the oldest of them was the opposite. */
const MAX_TURNS = 1_000;
/** Projects asked about within this time are read along with any other. */
const ACTIVE_MS = 60_000;
const MAX_ACTIVE = 1_000;

interface Known {
  readonly history: SwitchHistory;
  readonly version: string;
  /** Turns that were finished before this time, by Redis' clock, are in the history. */
  readonly completeUntilMs: number;
  readonly usedMs: number;
}

/** One reading of the database, for everybody who asked before it began. */
interface Reading {
  readonly wanted: Map<string, number>;
  readonly done: Promise<void>;
}

const VERSIONS = 'SELECT id, tracing_version AS version FROM projects WHERE id = ANY($1)';

const TURNS = `
  SELECT c.project_id, c.tracing_enabled, coalesce(c.effective_at, c.changed_at) AS since
  FROM unnest($1::uuid[]) AS p(id) CROSS JOIN LATERAL (
    SELECT * FROM tracing_changes t WHERE t.project_id = p.id ORDER BY t.version DESC LIMIT ${MAX_TURNS}) AS c
  ORDER BY c.project_id, c.version`;

/**
 * The histories of projects' switches, always fresh enough for the entry at hand: what was read from the database at some
 * time is complete for every entry Redis received before. For a later entry one small query of versions is made, for all
 * active projects together; a history itself is read again only when its version changed.
 */
@Injectable()
export class SwitchHistories {
  private readonly dataSource: DataSource;
  private readonly redisTime: Pick<RedisTime, 'passedMs'>;
  private known = new Map<string, Known>();
  private planned: Reading | null = null;

  constructor(dataSource: DataSource, redisTime: RedisTime) {
    this.dataSource = dataSource;
    this.redisTime = redisTime;
  }

  /**
   * @param receivedMs Redis' time of an entry this process has read: turns that were finished before it are in the answer
   * @throws while the database is away
   */
  async of(projectId: string, receivedMs: number): Promise<SwitchHistory> {
    const cached = this.lookUp(projectId, receivedMs);
    if (cached !== null) return cached;
    const reading = (this.planned ??= this.plan());
    reading.wanted.set(projectId, Math.max(receivedMs, reading.wanted.get(projectId) ?? -Infinity));
    await reading.done;
    return this.lookUp(projectId, receivedMs) ?? this.of(projectId, receivedMs);
  }

  private lookUp(projectId: string, receivedMs: number): SwitchHistory | null {
    const known = this.known.get(projectId);
    if (known === undefined || known.completeUntilMs < receivedMs) return null;
    this.known.set(projectId, { ...known, usedMs: performance.now() });
    return known.history;
  }

  /** Those who ask in the same moment are answered together. */
  private plan(): Reading {
    const wanted = new Map<string, number>();
    const done = Promise.resolve().then(() => {
      this.planned = null;
      return this.read(wanted);
    });
    return { wanted, done };
  }

  private async read(wanted: ReadonlyMap<string, number>): Promise<void> {
    const passedMs = this.redisTime.passedMs;
    const ids = [...new Set([...wanted.keys(), ...this.activeProjects()])];
    const rows = await this.dataSource.query<{ id: string; version: string }[]>(VERSIONS, [ids]);
    const versions = new Map(rows.map(({ id, version }) => [id, version]));
    const changed = ids.filter((id) => this.known.get(id)?.version !== (versions.get(id) ?? ''));
    const histories = await this.readHistories(changed);
    const nowMs = performance.now();
    for (const id of ids) {
      const before = this.known.get(id);
      const version = versions.get(id) ?? '';
      const history = histories.get(id) ?? before?.history ?? SwitchHistory.alwaysOn;
      // Another reading may have been faster; what it knows that this one does not must stay.
      const isOlder = before !== undefined && Number(before.version) > Number(version);
      const completeUntilMs = Math.max(
        passedMs,
        wanted.get(id) ?? -Infinity,
        before?.completeUntilMs ?? -Infinity,
      );
      this.known.set(id, {
        ...(isOlder ? before : { history, version }),
        completeUntilMs,
        usedMs: wanted.has(id) ? nowMs : (before?.usedMs ?? nowMs),
      });
    }
  }

  private async readHistories(ids: readonly string[]): Promise<ReadonlyMap<string, SwitchHistory>> {
    if (ids.length === 0) return new Map();
    const rows = await this.dataSource.query<{ project_id: string; tracing_enabled: boolean; since: Date }[]>(
      TURNS,
      [ids],
    );
    return new Map(
      ids.map((id) => {
        const turns = rows
          .filter((row) => row.project_id === id)
          .map((row) => ({ fromMs: row.since.getTime(), isOn: row.tracing_enabled }));
        return [id, new SwitchHistory(turns)];
      }),
    );
  }

  /** Forgets the rest. */
  private activeProjects(): string[] {
    const sinceMs = performance.now() - ACTIVE_MS;
    const active = [...this.known].filter(([, { usedMs }]) => usedMs >= sinceMs).slice(-MAX_ACTIVE);
    this.known = new Map(active);
    return active.map(([id]) => id);
  }
}
