import { Inject, Injectable } from '@nestjs/common';
import type { ProducerCounters } from 'swisper-studio/contract';
import { reportedCounters } from '../../heartbeat/index.ts';
import { CLOCK, type Clock } from '../../kernel/clock.ts';
import { DomainError, type FieldError } from '../../kernel/domain-error.ts';
import { HttpIngest, parseTime, type SentEntry } from '../../traces/index.ts';
import { judgedSource, refusalOfEvent } from '../decoding/entry-decoder.ts';
import type { EventsBody, RejectedEvent } from './events-dto.ts';
import type { SentEvent, SentEvents } from './sent-events.ts';

/** What became of a body's events. */
export interface TakenEvents {
  readonly entry: SentEntry;
  readonly accepted: number;
  readonly rejected: readonly RejectedEvent[];
}

interface SentBatch {
  readonly instanceId: string;
  readonly seq: number;
  readonly sentAt: Date;
}

/**
 * Judges what comes in over HTTP with the consumer's own decoder, by the very text it is about to put on the stream: what
 * is accepted here is stored there.
 */
@Injectable()
export class EventsIntake {
  private readonly ingest: HttpIngest;
  private readonly clock: Clock;

  constructor(ingest: HttpIngest, @Inject(CLOCK) clock: Clock) {
    this.ingest = ingest;
    this.clock = clock;
  }

  /**
   * Puts all events on the stream as one entry under the sender's numbers, once one of them can be stored. The others
   * go along: the consumer keeps them as dead letters, so that no number is missing.
   * @throws DomainError `invalid` when nothing can be stored, naming each event; then nothing was sent and the numbers
   *   are free. `too_large`, `unavailable` as of {@link HttpIngest}
   */
  async take(projectId: string, body: EventsBody, { events, h, p }: SentEvents): Promise<TakenEvents> {
    const batch = { instanceId: body.instance_id, seq: body.seq, sentAt: this.sentAtOf(body) };
    const rejected = this.judge(projectId, batch, events);
    if (rejected.length === events.length) throw nothingUsable(rejected);
    const counters = countersOf(body, events.length);
    const n = events.length;
    const encoded = await this.ingest.encode({ projectId, ...batch, n, counters, h, p });
    const id = await this.ingest.append(encoded);
    const { instanceId, seq } = batch;
    return { entry: { id, projectId, instanceId, seq, n }, accepted: n - rejected.length, rejected };
  }

  private sentAtOf({ sent_at }: EventsBody): Date {
    const sentAt = sent_at === undefined || sent_at === null ? null : parseTime(sent_at);
    return sentAt === null ? this.clock.now() : new Date(sentAt.epochMs);
  }

  private judge(projectId: string, batch: SentBatch, events: readonly SentEvent[]): RejectedEvent[] {
    const origin = { projectId, isSigned: true, isFromServer: true };
    const source = judgedSource(batch, origin, this.clock.nowMs());
    const rejected: RejectedEvent[] = [];
    events.forEach(({ header, payloads }, index) => {
      const refusal = refusalOfEvent({ header, payloads, seq: batch.seq + index, marks: [] }, source);
      if (refusal !== null) rejected.push({ index, ...refusal });
    });
    return rejected;
  }
}

/** Of a sender that keeps no counters is known what it has numbered. */
function countersOf({ counters, seq }: EventsBody, count: number): ProducerCounters {
  const known = reportedCounters(counters ?? null) ?? {};
  return {
    accepted: known.accepted ?? seq + count - 1,
    merged: known.merged ?? 0,
    dropped: known.dropped ?? {},
    config_version: known.config_version ?? 0,
  };
}

function nothingUsable(rejected: readonly RejectedEvent[]): DomainError {
  const errors: FieldError[] = rejected.map(({ index, reason, detail }) => {
    return { field: `events.${String(index)}`, message: `${reason}: ${detail}` };
  });
  return new DomainError('invalid', 'None of the events can be stored', { errors });
}
