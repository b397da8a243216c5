import { Inject, Injectable } from '@nestjs/common';
import type { ProducerCounters } from 'swisper-studio/contract';
import { reportedCounters } from '../../heartbeat/index.ts';
import { CLOCK, type Clock } from '../../kernel/clock.ts';
import { DomainError, type FieldError, invalidField } from '../../kernel/domain-error.ts';
import { type EncodedEntry, HttpIngest, parseTime } from '../../traces/index.ts';
import { decodeAdmitted, type RefusedEvent, WHOLE_ENTRY } from '../decoding/entry-decoder.ts';
import type { StreamEntry } from '../reading/stream-reader.ts';
import type { EventsBody, RejectedEvent } from './events-dto.ts';
import type { SentEvent } from './sent-events.ts';

/** What became of a body's events. */
export interface TakenEvents {
  /** Redis id of the entry they are in. */
  readonly entryId: string;
  readonly accepted: number;
  readonly rejected: readonly RejectedEvent[];
}

/**
 * Judges what comes in over HTTP by reading the very entry it is about to put on the stream, with the consumer's own
 * decoder: what is accepted here is stored there.
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
  async take(projectId: string, body: EventsBody, events: readonly SentEvent[]): Promise<TakenEvents> {
    const entry = await this.ingest.encode({
      projectId,
      instanceId: body.instance_id,
      seq: body.seq,
      counters: countersOf(body, events.length),
      sentAt: this.sentAtOf(body),
      events,
    });
    const rejected = this.judge(entry, projectId);
    if (rejected.length === events.length) throw nothingUsable(rejected);
    const entryId = await this.ingest.append(entry);
    return { entryId, accepted: events.length - rejected.length, rejected };
  }

  private sentAtOf({ sent_at }: EventsBody): Date {
    const sentAt = sent_at === undefined || sent_at === null ? null : parseTime(sent_at);
    return sentAt === null ? this.clock.now() : new Date(sentAt.epochMs);
  }

  private judge({ fields, bytes }: EncodedEntry, projectId: string): RejectedEvent[] {
    const entry: StreamEntry = { id: `${String(this.clock.nowMs())}-0`, fields: fieldMap(fields), bytes };
    const { refused } = decodeAdmitted(entry, { projectId, isSigned: true, isFromServer: true });
    const whole = refused.find(({ index }) => index === WHOLE_ENTRY);
    if (whole !== undefined) throw invalidField('body', `cannot be stored: ${whole.detail}`);
    return refused.map(rejectedEvent);
  }
}

function rejectedEvent({ index, reason, detail }: RefusedEvent): RejectedEvent {
  return { index, reason, detail };
}

function fieldMap(fields: EncodedEntry['fields']): Map<string, Buffer> {
  const map = new Map<string, Buffer>();
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const value = fields[at + 1] ?? '';
    map.set(String(fields[at]), typeof value === 'string' ? Buffer.from(value) : value);
  }
  return map;
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
