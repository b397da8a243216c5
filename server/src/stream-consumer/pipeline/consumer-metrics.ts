import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** A batch that was committed. */
export interface StoredBatchSize {
  readonly entries: number;
  readonly events: number;
  /** From the start of its transaction to the commit. */
  readonly ms: number;
}

const SIZE_BUCKETS = [1, 5, 20, 100, 500, 2_000];
const SECONDS_BUCKETS = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5, 30];

/** What this process's consumer did, since its start. Calls take no time and never throw. */
export class ConsumerMetrics {
  /** Of this application alone: nothing is registered globally. */
  readonly registry = new Registry();
  private readonly entries = this.histogram('batch_entries', 'Entries of a committed batch', SIZE_BUCKETS);
  private readonly events = this.histogram('batch_events', 'Events of a committed batch', SIZE_BUCKETS);
  private readonly seconds = this.histogram(
    'batch_duration_seconds',
    'From the start of a batch\u2019s transaction to its commit',
    SECONDS_BUCKETS,
  );
  private readonly commits = new Counter({
    name: 'swisper_studio_commits_total',
    help: 'Batches this process committed',
    registers: [this.registry],
  });
  private readonly failures = new Counter({
    name: 'swisper_studio_batch_failures_total',
    help: 'Batches this process could not commit and tried again',
    labelNames: ['kind'],
    registers: [this.registry],
  });
  private readonly breaker = new Gauge({
    name: 'swisper_studio_breaker_tripped',
    help: '1 while this process refuses to commit because too many events fail that should not',
    registers: [this.registry],
  });
  private readonly lastCommit = new Gauge({
    name: 'swisper_studio_last_commit_timestamp_seconds',
    help: 'When this process last committed a batch; 0: not yet',
    registers: [this.registry],
  });

  /** After a commit. */
  batchStored({ entries, events, ms }: StoredBatchSize): void {
    this.entries.observe(entries);
    this.events.observe(events);
    this.seconds.observe(ms / 1000);
    this.commits.inc();
    this.lastCommit.setToCurrentTime();
    this.breaker.set(0);
  }

  /** A batch was not committed and will be tried again. @param kind a few words of a fixed set */
  batchFailed(kind: string): void {
    this.failures.inc({ kind });
  }

  breakerTripped(isTripped: boolean): void {
    this.breaker.set(isTripped ? 1 : 0);
  }

  private histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name: `swisper_studio_${name}`, help, buckets, registers: [this.registry] });
  }
}
