import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { momentOf } from '../http/time-text.ts';
import { CLOCK, type Clock } from '../kernel/clock.ts';
import { type HeartbeatBody } from './heartbeat-dto.ts';
import { beatInOrder, beatOverHttp, unsignedBeat } from './heartbeat-sql.ts';
import { reportedCounters } from './reported-counters.ts';

/** The instance of a sender that does not name one. */
export const DEFAULT_INSTANCE = 'default';

/** A heartbeat that waited on the stream. */
export interface StreamedHeartbeat {
  readonly body: HeartbeatBody;
  /** When it was put there, by the server's clock. */
  readonly at: Date;
  readonly isSigned: boolean;
}

/** Writes down what instances say about themselves. */
@Injectable()
export class HeartbeatStore {
  private readonly dataSource: DataSource;
  private readonly clock: Clock;

  constructor(dataSource: DataSource, @Inject(CLOCK) clock: Clock) {
    this.dataSource = dataSource;
    this.clock = clock;
  }

  /** A heartbeat of now, from somebody who is known to speak for the project. */
  async record(projectId: string, beat: HeartbeatBody): Promise<void> {
    const now = this.clock.now();
    const values = valuesOf(projectId, beat, now);
    await this.dataSource.query(beatOverHttp, [...values, countersText(beat, {}), now]);
  }

  /**
   * A heartbeat of then. Any number of times and in any order: a copy, or one that was overtaken, changes nothing. An
   * unsigned one does not touch an instance that spoke over HTTP or with a signature.
   */
  async recordStreamed(projectId: string, { body, at, isSigned }: StreamedHeartbeat): Promise<void> {
    const counters = countersText(body, isSigned ? {} : { unverified: true });
    const values = [...valuesOf(projectId, body, at), counters, this.clock.now()];
    await this.dataSource.query(isSigned ? beatInOrder : unsignedBeat, values);
  }
}

/** $1 to $12. */
function valuesOf(projectId: string, beat: HeartbeatBody, at: Date): unknown[] {
  return [
    projectId,
    beat.instance_id ?? DEFAULT_INSTANCE,
    at,
    beat.status === 'disconnected' ? at : null,
    beat.environment ?? null,
    beat.version ?? null,
    beat.sdk_version ?? null,
    beat.host ?? null,
    beat.started_at ? momentOf(beat.started_at) : null,
    beat.interval_seconds ?? null,
    beat.beat_no ?? null,
    beat.config_version ?? reportedCounters(beat.counters)?.config_version ?? null,
  ];
}

/** Null where nothing is to be said, so that what is stored stays. */
function countersText(beat: HeartbeatBody, marks: { unverified?: true }): string | null {
  const counters = reportedCounters(beat.counters);
  return counters === null && marks.unverified === undefined
    ? null
    : JSON.stringify({ ...counters, ...marks });
}
