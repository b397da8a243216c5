import { Inject, Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { SETTINGS } from '../../config/settings.module.ts';
import { type Settings } from '../../config/settings.ts';
import { CLOCK, type Clock } from '../../kernel/clock.ts';
import { REDIS, type RedisCommands } from '../../redis/redis.module.ts';

/** Most entries are stored within the first of them; who waits longer is asked for less often. */
const PAUSES_MS = [5, 10, 20, 50];
const LONGEST_PAUSE_MS = 100;

/**
 * Entries with numbers of their sender's are counted by those, others by their id. What the server signed is verified.
 * $1 project, $2 entry, $3 instance, $4 first number, $5 the one after the last.
 */
const IS_COUNTED = `
  SELECT 1 FROM single_entries WHERE project_id = $1 AND entry_id = $2
  UNION ALL
  SELECT 1 FROM producer_progress
  WHERE project_id = $1 AND verified AND instance_id = $3 AND seen @> int8range($4, $5) AND forgotten_below <= $4`;

/** An entry on the stream, and the events in it. */
export interface SentEntry {
  /** Redis' id of it. */
  readonly id: string;
  readonly projectId: string;
  readonly instanceId: string;
  /** Number of its first event. */
  readonly seq: number;
  /** How many events. */
  readonly n: number;
}

/** Knows when the consumer is done with what came in over HTTP. */
@Injectable()
export class CommitWatch {
  private readonly redis: RedisCommands;
  private readonly dataSource: DataSource;
  private readonly clock: Clock;
  private readonly streamName: string;
  private readonly groupName: string;

  constructor(
    @Inject(REDIS) redis: RedisCommands,
    dataSource: DataSource,
    @Inject(SETTINGS) settings: Settings,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.redis = redis;
    this.dataSource = dataSource;
    this.clock = clock;
    this.streamName = settings.observability.streamName;
    this.groupName = settings.observability.groupName;
  }

  /**
   * Waits until the events of an entry are stored, or kept as dead letters. Never rejects: the entry was taken, also
   * when nobody can say more.
   * @returns whether it was within the time, as far as is known
   */
  async isStoredWithin(entry: SentEntry, waitMs: number): Promise<boolean> {
    const deadlineMs = this.clock.nowMs() + waitMs;
    try {
      for (let asked = 0; await this.isWaiting(entry.id); asked++) {
        const leftMs = deadlineMs - this.clock.nowMs();
        if (leftMs <= 0) return false;
        await sleep(Math.min(PAUSES_MS[asked] ?? LONGEST_PAUSE_MS, leftMs));
      }
      return await this.isCounted(entry);
    } catch {
      return false;
    }
  }

  /**
   * Neither delivered nor acknowledged. The entry itself, which may have megabytes, is not touched. What was delivered is
   * asked first: an entry that is delivered between the two questions is still waiting for the second.
   */
  private async isWaiting(entryId: string): Promise<boolean> {
    const groups: unknown = await this.redis.call('XINFO', 'GROUPS', this.streamName);
    if (!Array.isArray(groups) || !isDelivered(groups, this.groupName, entryId)) return true;
    const key = [this.streamName, this.groupName, entryId, entryId, '1'];
    const pending: unknown = await this.redis.call('XPENDING', ...key);
    return Array.isArray(pending) && pending.length > 0;
  }

  /** Redis cannot tell what was stored from what was trimmed, or lost with its data: the account of the database can. */
  private async isCounted({ id, projectId, instanceId, seq, n }: SentEntry): Promise<boolean> {
    const key = [projectId, id, instanceId, seq, seq + n];
    const rows: unknown = await this.dataSource.query(IS_COUNTED, key);
    return Array.isArray(rows) && rows.length > 0;
  }
}

function isDelivered(groups: readonly unknown[], groupName: string, entryId: string): boolean {
  const group = groups.find((fields) => Array.isArray(fields) && fields.includes(groupName));
  const fields: readonly unknown[] = Array.isArray(group) ? group : [];
  const last = fields[fields.indexOf('last-delivered-id') + 1];
  return typeof last === 'string' && compareIds(last, entryId) >= 0;
}

function compareIds(one: string, other: string): number {
  const [oneMs = 0, oneNo = 0] = one.split('-').map(Number);
  const [otherMs = 0, otherNo = 0] = other.split('-').map(Number);
  return oneMs === otherMs ? oneNo - otherNo : oneMs - otherMs;
}
