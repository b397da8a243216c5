import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CLOCK, type Clock } from '../kernel/clock.ts';

const WRITE_EVERY_MS = 5_000;
/** Beyond it those written longest ago are forgotten, and may be written again sooner. */
const MAX_REMEMBERED_INSTANCES = 20_000;
const MAX_ROWS_PER_STATEMENT = 2_000;

/** In key order, so that two replicas wait for each other instead of blocking each other. */
const UPSERT = `
  INSERT INTO project_connections AS known (project_id, instance_id, last_event_at, created_at, updated_at)
  SELECT project_id, instance_id, at, $4::timestamptz, $4::timestamptz
    FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS sign (project_id, instance_id, at)
    ORDER BY project_id, instance_id
  ON CONFLICT (project_id, instance_id) DO UPDATE SET
    last_event_at = GREATEST(known.last_event_at, excluded.last_event_at),
    updated_at = excluded.updated_at`;

/** Events of an instance were stored. */
export interface SignOfLife {
  readonly projectId: string;
  readonly instanceId: string;
  /** Redis' time of the newest entry. */
  readonly at: Date;
}

/** Stored events are signs of life too, of instances whose heartbeats do not arrive. */
@Injectable()
export class ActivityRecorder {
  private readonly log = new Logger('Heartbeat');
  private readonly dataSource: DataSource;
  private readonly clock: Clock;
  private readonly due = new Map<string, SignOfLife>();
  /** When each was due last, oldest first; none is older than the time between two writes. */
  private readonly takenMs = new Map<string, number>();
  private writing: Promise<void> | null = null;

  constructor(dataSource: DataSource, @Inject(CLOCK) clock: Clock) {
    this.dataSource = dataSource;
    this.clock = clock;
  }

  /**
   * Notes signs of life, to be written at most every 5 s per instance, one statement at a time. Never throws: a failed
   * write is logged, the next one says the same.
   */
  record(signs: readonly SignOfLife[]): void {
    const nowMs = this.clock.nowMs();
    this.forgetBefore(nowMs);
    for (const sign of signs) this.take(sign, nowMs);
    if (this.due.size === 0) return;
    this.writing ??= this.writeAll();
  }

  /** Resolves when what was noted is written, or logged. */
  async settled(): Promise<void> {
    await this.writing;
  }

  private take(sign: SignOfLife, nowMs: number): void {
    const key = `${sign.projectId} ${sign.instanceId}`;
    const known = this.due.get(key);
    if (known === undefined) {
      // What there is no room for says so again with its next events.
      if (this.takenMs.has(key) || this.due.size >= MAX_REMEMBERED_INSTANCES) return;
      this.takenMs.set(key, nowMs);
    }
    if (known === undefined || known.at < sign.at) this.due.set(key, sign);
  }

  /** One of the future was taken before the clock was set back. */
  private forgetBefore(nowMs: number): void {
    for (const [key, takenMs] of this.takenMs) {
      const isRecent = nowMs - takenMs < WRITE_EVERY_MS && takenMs <= nowMs;
      if (isRecent && this.takenMs.size <= MAX_REMEMBERED_INSTANCES) return;
      this.takenMs.delete(key);
    }
  }

  private async writeAll(): Promise<void> {
    while (this.due.size > 0) {
      const next = [...this.due].slice(0, MAX_ROWS_PER_STATEMENT);
      for (const [key] of next) this.due.delete(key);
      await this.write(next.map(([, sign]) => sign));
    }
    this.writing = null;
  }

  private async write(signs: readonly SignOfLife[]): Promise<void> {
    try {
      await this.dataSource.query(UPSERT, [
        signs.map(({ projectId }) => projectId),
        signs.map(({ instanceId }) => instanceId),
        signs.map(({ at }) => at.toISOString()),
        this.clock.now(),
      ]);
    } catch (error) {
      this.log.warn({ err: error, instances: signs.length }, 'Signs of life were not recorded');
    }
  }
}
