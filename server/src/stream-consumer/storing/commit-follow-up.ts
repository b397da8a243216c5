import { Injectable } from '@nestjs/common';
import { ActivityRecorder } from '../../heartbeat/index.ts';
import { RollupLoop } from '../../traces/index.ts';
import { ConsumerMetrics } from '../pipeline/consumer-metrics.ts';
import type { InstanceActivity } from './entry-preparer.ts';
import type { BatchListener, CommittedBatch } from './entry-store.ts';
import type { FailureKind } from './store-failure.ts';

/** What a commit sets off: traces are counted, their senders have shown a sign of life, and the metrics tell of it. */
@Injectable()
export class CommitFollowUp implements BatchListener {
  private readonly activity: ActivityRecorder;
  private readonly rollup: RollupLoop;
  private readonly metrics: ConsumerMetrics;

  constructor(activity: ActivityRecorder, rollup: RollupLoop, metrics: ConsumerMetrics) {
    this.activity = activity;
    this.rollup = rollup;
    this.metrics = metrics;
  }

  committed({ entries, events, durationMs }: CommittedBatch, activity: readonly InstanceActivity[]): void {
    this.metrics.batchStored({ entries, events, ms: durationMs });
    this.rollup.wake();
    this.activity.record(activity);
  }

  /** Resolves when nothing that a commit set off is under way in the database; the roll-up has a life of its own. */
  settled(): Promise<void> {
    return this.activity.settled();
  }

  failed(kind: FailureKind): void {
    this.metrics.batchFailed(kind);
    this.metrics.breakerTripped(kind === 'breaker');
  }
}
