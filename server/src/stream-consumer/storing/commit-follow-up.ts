import { Injectable } from '@nestjs/common';
import { ActivityRecorder } from '../../heartbeat/index.ts';
import { RollupLoop } from '../../traces/index.ts';
import type { InstanceActivity } from './entry-preparer.ts';
import type { BatchListener, CommittedBatch } from './entry-store.ts';
import type { FailureKind } from './store-failure.ts';

/** What a commit sets off: traces are counted, and their senders have shown a sign of life. */
@Injectable()
export class CommitFollowUp implements BatchListener {
  private readonly activity: ActivityRecorder;
  private readonly rollup: RollupLoop;

  constructor(activity: ActivityRecorder, rollup: RollupLoop) {
    this.activity = activity;
    this.rollup = rollup;
  }

  committed(_batch: CommittedBatch, activity: readonly InstanceActivity[]): void {
    this.rollup.wake();
    for (const { projectId, instanceId, at } of activity) {
      void this.activity.recordActivity(projectId, instanceId, at);
    }
  }

  failed(_kind: FailureKind): void {
    // Counted once the metrics are wired in.
  }
}
