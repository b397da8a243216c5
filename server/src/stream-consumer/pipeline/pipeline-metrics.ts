import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../../config/settings.module.ts';
import { type Settings } from '../../config/settings.ts';
import { CLOCK, type Clock } from '../../kernel/clock.ts';
import { DomainError } from '../../kernel/domain-error.ts';
import { StreamLimit } from '../../stream-limit/index.ts';
import type { GroupState, StreamState } from '../accounting/stream-state-decoder.ts';
import { type ConsumerGroupAnswer, type ObservabilityMetricsAnswer } from './observability-dto.ts';
import { type AccountFacts, PipelineSources } from './pipeline-sources.ts';
import { warningsOf } from './pipeline-warnings.ts';

const LAGGING_EVENTS = 10_000;
const LAGGING_SECONDS = 30;

/** How the pipeline is doing: what Redis knows now, and what the database has counted. */
@Injectable()
export class PipelineMetrics {
  private readonly sources: PipelineSources;
  private readonly limit: StreamLimit;
  private readonly settings: Settings;
  private readonly clock: Clock;

  constructor(
    sources: PipelineSources,
    limit: StreamLimit,
    @Inject(SETTINGS) settings: Settings,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.sources = sources;
    this.limit = limit;
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * @param projectId whose event account is shown; null: everybody's
   * @throws DomainError `unavailable` while Redis is away
   */
  async read(projectId: string | null): Promise<ObservabilityMetricsAnswer> {
    const seen = await this.sources.readRedis().catch((error: unknown) => {
      throw new DomainError('unavailable', 'Redis is not reachable', { retryAfterSeconds: 2, cause: error });
    });
    const facts = await this.sources.readDatabase(projectId);
    const { state } = seen;
    const { accounts, unverified } = facts;
    const group = this.settings.observability.groupName;
    return {
      ...backlogOf(state),
      consumer_groups: state.groups.map(groupAnswer),
      consumers: state.consumers.map(({ name, pending, idleMs }) => ({
        name,
        pending,
        idle_seconds: idleMs / 1000,
      })),
      ...this.roomOf(),
      ...historyOf(facts),
      event_accounts: [...facts.accounts],
      warnings: warningsOf({ ...seen, group, accounts, unverified, now: this.clock.now() }),
    };
  }

  private roomOf(): Pick<ObservabilityMetricsAnswer, 'stream_bytes' | 'stream_bytes_limit' | 'stream_full'> {
    const { bytes, limitBytes, isFull } = this.limit.read();
    return { stream_bytes: bytes, stream_bytes_limit: limitBytes, stream_full: isFull };
  }
}

type Backlog = Pick<
  ObservabilityMetricsAnswer,
  'stream_length' | 'status' | 'backlog_entries' | 'backlog_events' | 'oldest_waiting_seconds'
>;

/** What waits, in entries, events and seconds. */
export function backlogOf({ length, waiting, oldestMs, nowMs, eventsPerEntry }: StreamState): Backlog {
  const events = waiting === null ? null : Math.round(waiting * (eventsPerEntry ?? 1));
  const oldest = oldestMs === null ? null : Math.max(0, (nowMs - oldestMs) / 1000);
  const isLagging = (events ?? 0) > LAGGING_EVENTS || (oldest ?? 0) > LAGGING_SECONDS;
  return {
    stream_length: length,
    status: isLagging ? 'lagging' : 'healthy',
    backlog_entries: waiting,
    backlog_events: events,
    oldest_waiting_seconds: oldest,
  };
}

function groupAnswer(group: GroupState): ConsumerGroupAnswer {
  return {
    name: group.name,
    consumers: group.consumers,
    pending: group.pending,
    'last-delivered-id': group.lastDeliveredId,
    'entries-read': group.entriesRead,
    lag: group.lag,
    idle_seconds: group.idleMs === null ? null : group.idleMs / 1000,
  };
}

type History = Pick<
  ObservabilityMetricsAnswer,
  | 'entries_added_per_second'
  | 'entries_acked_per_second'
  | 'last_commit_at'
  | 'epochs'
  | 'lost_in_earlier_epochs'
>;

function historyOf({ epochs, lostBefore }: AccountFacts): History {
  const [newest] = epochs;
  const [first, last] = [newest?.recent[0], newest?.recent.at(-1)];
  const seconds = first === undefined || last === undefined ? 0 : (last[0] - first[0]) / 1000;
  const perSecond = (from: number | null | undefined, to: number | null | undefined): number | null =>
    seconds === 0 || from == null || to == null ? null : Math.max(0, (to - from) / seconds);
  return {
    entries_added_per_second: perSecond(first?.[1], last?.[1]),
    entries_acked_per_second: perSecond(first?.[2], last?.[2]),
    last_commit_at: epochs.find(({ lastAckedAt }) => lastAckedAt !== null)?.lastAckedAt ?? null,
    epochs: epochs.map((it) => ({
      epoch: it.epoch,
      started_at: it.startedAt,
      ended_at: it.endedAt,
      added: maybeNumber(it.added),
      acked: Number(it.acked),
      waiting: maybeNumber(it.waiting),
      lost: maybeNumber(it.lost),
    })),
    lost_in_earlier_epochs: lostBefore,
  };
}

const maybeNumber = (text: string | null): number | null => (text === null ? null : Number(text));
