import { Counter, Gauge, type Registry } from 'prom-client';
import type { StreamRoom } from 'swisper-studio/contract';
import type { EntrySums } from '../accounting/epoch-store.ts';
import type { StreamState } from '../accounting/stream-state-decoder.ts';
import { backlogOf } from './pipeline-metrics.ts';

/** The stream as all processes see it. */
export class StreamGauges {
  private readonly registry: Registry;
  private readonly length: Gauge;
  private readonly backlogEntries: Gauge;
  private readonly backlogEvents: Gauge;
  private readonly oldest: Gauge;
  private readonly bytes: Gauge;
  private readonly limit: Gauge;
  private readonly full: Gauge;
  private readonly commitAge: Gauge;
  private readonly added: Counter;
  private readonly acked: Counter;
  private readonly lost: Counter;

  constructor(registry: Registry) {
    this.registry = registry;
    this.length = this.gauge('stream_entries', 'Entries in the stream');
    this.backlogEntries = this.gauge('backlog_entries', 'Entries not stored yet');
    this.backlogEvents = this.gauge('backlog_events', 'Events not stored yet, estimated');
    this.oldest = this.gauge('oldest_waiting_seconds', 'Age of the oldest entry not stored yet');
    this.bytes = this.gauge('stream_bytes', 'Memory of the stream');
    this.limit = this.gauge('stream_limit_bytes', 'Memory the stream may take');
    this.full = this.gauge('stream_full', '1 while SDKs drop what is new');
    this.commitAge = this.gauge('last_commit_age_seconds', 'Since any process committed a batch');
    this.added = this.counter('entries_added_total', 'Entries added to the stream');
    this.acked = this.counter('entries_acked_total', 'Entries stored and acknowledged');
    this.lost = this.counter('entries_lost_total', 'Entries that left the stream unread');
  }

  /** What is not known now has no value: an old one would look like a new one. */
  showState(state: StreamState | null, room: StreamRoom | null): void {
    show(this.bytes, room?.bytes ?? null);
    show(this.limit, room?.limitBytes ?? null);
    show(this.full, room === null ? null : Number(room.isFull));
    const backlog = state === null ? null : backlogOf(state);
    show(this.length, backlog?.stream_length ?? null);
    show(this.backlogEntries, backlog?.backlog_entries ?? null);
    show(this.backlogEvents, backlog?.backlog_events ?? null);
    show(
      this.oldest,
      backlog === null || backlog.backlog_entries === null ? null : (backlog.oldest_waiting_seconds ?? 0),
    );
  }

  /** @param lastCommit null: nothing was committed yet */
  showHistory(sums: EntrySums, lastCommit: Date | null, now: Date): void {
    for (const [counter, value] of [
      [this.added, sums.added],
      [this.acked, sums.acked],
      [this.lost, sums.lost],
    ] as const) {
      counter.reset();
      counter.inc(Math.max(0, value));
    }
    show(
      this.commitAge,
      lastCommit === null ? null : Math.max(0, (now.getTime() - lastCommit.getTime()) / 1000),
    );
  }

  private gauge(name: string, help: string): Gauge {
    return new Gauge({ name: `swisper_studio_${name}`, help, registers: [this.registry] });
  }

  private counter(name: string, help: string): Counter {
    return new Counter({ name: `swisper_studio_${name}`, help, registers: [this.registry] });
  }
}

function show(gauge: Gauge, value: number | null): void {
  if (value === null) gauge.remove();
  else gauge.set(value);
}
