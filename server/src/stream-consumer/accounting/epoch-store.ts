import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { CLOCK, type Clock } from '../../kernel/clock.ts';
import { type EntrySums, entrySumsOf } from './account-row-decoder.ts';
import { StreamEpoch } from './stream-epoch.entity.ts';
import type { StreamState } from './stream-state-decoder.ts';

export type { EntrySums };

const POINT_EVERY_MS = 10_000;
/** Points kept: a minute, and the one before it. */
const POINTS = 7;

/** Writes down the entry account, so that it outlives Redis. */
@Injectable()
export class EpochStore {
  private readonly epochs: Repository<StreamEpoch>;
  private readonly clock: Clock;

  constructor(@InjectRepository(StreamEpoch) epochs: Repository<StreamEpoch>, @Inject(CLOCK) clock: Clock) {
    this.epochs = epochs;
    this.clock = clock;
  }

  /** One sample. The first of a new epoch closes the one before: what waited at its last sample is lost. */
  async sample(stream: string, state: StreamState): Promise<void> {
    if (state.epoch === null) return state.length === 0 ? this.closeOthers(stream, null) : undefined;
    const known = await this.epochs.findOneBy({ stream, epoch: state.epoch });
    if (known === null) await this.closeOthers(stream, state.epoch);
    const now = this.clock.now();
    const hasProgress = state.acked > Number(known?.acked ?? 0);
    await this.epochs.upsert(
      {
        stream,
        epoch: state.epoch,
        startedAt: known?.startedAt ?? now,
        endedAt: null,
        added: textOf(state.added),
        acked: String(state.acked),
        waiting: textOf(state.waiting),
        lost: textOf(state.lost),
        lastAckedAt: hasProgress ? now : (known?.lastAckedAt ?? null),
        recent: withPoint(known?.recent ?? [], [now.getTime(), state.added, state.acked]),
        sampledAt: now,
      },
      ['stream', 'epoch'],
    );
  }

  /** Newest first; the first is the present one unless it has ended. */
  newest(stream: string, count: number): Promise<StreamEpoch[]> {
    return this.epochs.find({ where: { stream }, order: { startedAt: 'DESC', epoch: 'DESC' }, take: count });
  }

  /** Of all epochs, the present one and those no longer kept included: they never fall. */
  async sums(stream: string): Promise<EntrySums> {
    return entrySumsOf(
      await this.epochs.query(
        `SELECT sum(added) AS added, sum(acked) AS acked, sum(lost) AS lost,
            sum(lost) FILTER (WHERE has_ended) AS lost_before
          FROM (SELECT added, acked, lost, ended_at IS NOT NULL AS has_ended FROM stream_epochs WHERE stream = $1
            UNION ALL SELECT added, acked, lost, true FROM stream_totals WHERE stream = $1) AS life`,
        [stream],
      ),
    );
  }

  private async closeOthers(stream: string, epoch: string | null): Promise<void> {
    await this.epochs.query(
      `UPDATE stream_epochs SET ended_at = $3, lost = lost + waiting, waiting = 0
         WHERE stream = $1 AND ended_at IS NULL AND epoch IS DISTINCT FROM $2`,
      [stream, epoch, this.clock.now()],
    );
  }
}

type Point = StreamEpoch['recent'][number];

function withPoint(recent: readonly Point[], point: Point): Point[] {
  const last = recent.at(-1);
  if (last !== undefined && point[0] - last[0] < POINT_EVERY_MS) return [...recent];
  return [...recent, point].slice(-POINTS);
}

const textOf = (count: number | null): string | null => (count === null ? null : String(count));
